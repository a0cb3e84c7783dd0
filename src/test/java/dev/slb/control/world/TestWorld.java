package dev.slb.control.world;

import dev.slb.kind.Kinds;
import dev.slb.plan.Secret;
import dev.slb.translate.Settings;
import io.fabric8.kubernetes.api.model.HasMetadata;

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
        FactKind.of(object).ifPresentOrElse(kind -> kind.put(world, object), () -> world.put(object));
    }
}
