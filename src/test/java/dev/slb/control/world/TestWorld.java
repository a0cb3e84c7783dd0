package dev.slb.control.world;

import dev.slb.kind.Kinds;
import dev.slb.plan.Secret;
import dev.slb.translate.ConfigMapFacts;
import dev.slb.translate.NodeFacts;
import dev.slb.translate.PodFacts;
import dev.slb.translate.SecretFacts;
import dev.slb.translate.Settings;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Set;

/** A world of these objects at one moment, with one forwarder that is ready. */
public final class TestWorld {

    private TestWorld() {}

    /** @param now when certificates are judged */
    public static World of(Collection<? extends HasMetadata> objects, Settings settings, Instant now) {
        World world = new World(Kinds.ALL, settings, Clock.fixed(now, ZoneOffset.UTC));
        objects.forEach(object -> put(object, world));
        world.setForwarders(1, Set.of());
        return world;
    }

    /** An empty one, of objects of these kinds. */
    public static World of(Kinds kinds) {
        return new World(kinds, Settings.files(), Clock.systemUTC());
    }

    /** Every LoadBalancer has this key. */
    public static void putCookieKey(World world, Secret key) {
        world.objectIds().stream()
                .filter(id -> id.kind() == Kinds.LOAD_BALANCER)
                .forEach(id -> world.putCookieKey(id, key));
    }

    private static void put(HasMetadata object, World world) {
        if (object instanceof Pod pod) {
            world.putPod(PodFacts.of(pod));
        } else if (object instanceof Node node) {
            world.putNode(NodeFacts.of(node));
        } else if (object instanceof io.fabric8.kubernetes.api.model.Secret secret) {
            world.putSecret(SecretFacts.of(secret));
        } else if (object instanceof ConfigMap configMap) {
            world.putConfigMap(ConfigMapFacts.of(configMap));
        } else {
            world.put(object);
        }
    }
}
