package dev.slb.control.world;

import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.kind.Share;

import java.util.Collection;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Which objects a change touches, so that they must be translated again.
 *
 * <p>The web of needs: what is a part of a LoadBalancer needs it; its listeners share its ports and quotas; who names a group,
 * Secret or ConfigMap needs it. Each sees no more of the other than an outline, and is not touched by anything else. Who needs
 * which pods and nodes is for {@link ServerIndex} to know.
 */
final class Dependents {

    private final ObjectStore objects;

    Dependents(ObjectStore objects) {
        this.objects = objects;
    }

    /** The old and the new form both count; null for none. Others whose servers differ then, {@link ServerIndex} knows. */
    SortedSet<ObjectId> of(WorldObject before, WorldObject after) {
        SortedSet<ObjectId> touched = new TreeSet<>();
        ObjectId id = (before == null ? after : before).id();
        touched.add(id);
        if (!WorldObject.looksTheSame(before, after)) {
            touched.addAll(objects.partsOf(id));
            touched.addAll(objects.naming(id));
        }
        if (!WorldObject.leaveOthersTheirShare(before, after)) {
            Stream.of(before, after)
                    .filter(Objects::nonNull)
                    .flatMap(object -> object.needs().loadBalancers().stream())
                    .forEach(loadBalancer -> {
                        addIfPresent(loadBalancer, touched);
                        if (id.kind().share() == Share.PORTS) {
                            addSharing(Share.PORTS, loadBalancer, touched);
                        }
                    });
        }
        return touched;
    }

    SortedSet<ObjectId> ofSecrets(Collection<NamespacedName> names) {
        SortedSet<ObjectId> touched = new TreeSet<>();
        names.forEach(name -> touched.addAll(objects.naming(name)));
        return touched;
    }

    /** Listeners recognise clients by it. */
    SortedSet<ObjectId> ofCookieKey(ObjectId loadBalancer) {
        SortedSet<ObjectId> touched = new TreeSet<>();
        addIfPresent(loadBalancer, touched);
        objects.partsOf(loadBalancer).stream()
                .filter(part -> part.kind() == Kinds.LISTENER)
                .forEach(touched::add);
        return touched;
    }

    /** They share the limits of each LoadBalancer. */
    SortedSet<ObjectId> ofForwarderCount() {
        SortedSet<ObjectId> touched = new TreeSet<>();
        objects.ids().stream().filter(id -> id.kind() == Kinds.LOAD_BALANCER).forEach(touched::add);
        return touched;
    }

    private void addIfPresent(ObjectId id, SortedSet<ObjectId> touched) {
        if (objects.find(id).isPresent()) {
            touched.add(id);
        }
    }

    private void addSharing(Share share, ObjectId loadBalancer, SortedSet<ObjectId> touched) {
        objects.partsOf(loadBalancer).stream()
                .filter(part -> part.kind().share() == share)
                .forEach(touched::add);
    }
}
