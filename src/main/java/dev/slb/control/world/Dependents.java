package dev.slb.control.world;

import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.kind.Share;
import dev.slb.translate.PodFacts;

import java.util.Collection;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Which objects a change touches, so that they must be translated again.
 *
 * <p>The web of needs: what is a part of a LoadBalancer needs it; its listeners share its ports and quotas, its groups and its
 * default pool the quota of distinct servers; who names a group, Secret or ConfigMap needs it; whoever has servers needs the
 * pods that it selects and their nodes.
 */
final class Dependents {

    private final ObjectStore objects;
    private final Facts facts;

    Dependents(ObjectStore objects, Facts facts) {
        this.objects = objects;
        this.facts = facts;
    }

    /** The old and the new form both count; null for none. */
    SortedSet<ObjectId> of(WorldObject before, WorldObject after) {
        SortedSet<ObjectId> touched = new TreeSet<>();
        Stream.of(before, after).filter(Objects::nonNull).forEach(object -> add(object, touched));
        return touched;
    }

    private void add(WorldObject object, SortedSet<ObjectId> touched) {
        ObjectId id = object.id();
        touched.add(id);
        touched.addAll(objects.partsOf(id));
        touched.addAll(objects.naming(id));
        for (ObjectId loadBalancer : object.needs().loadBalancers()) {
            addIfPresent(loadBalancer, touched);
            addSharing(id.kind().share(), loadBalancer, touched);
        }
    }

    /** The old and the new form both count; null for none. */
    SortedSet<ObjectId> of(PodFacts before, PodFacts after) {
        SortedSet<ObjectId> touched = new TreeSet<>();
        if (Objects.equals(before, after)) {
            return touched;
        }
        // A pod that merely turns ready, or gets another weight, does not move others in or out of the quota.
        boolean counts = before == null || after == null || !countsTheSame(before, after);
        Stream.of(before, after)
                .filter(Objects::nonNull)
                .forEach(pod -> objects.inNamespace(pod.namespace()).stream()
                        .filter(object -> object.needs().selects(pod))
                        .forEach(object -> addServed(object, counts, touched)));
        return touched;
    }

    private static boolean countsTheSame(PodFacts before, PodFacts after) {
        return before.uid().equals(after.uid())
                && before.terminating() == after.terminating()
                && before.finished() == after.finished()
                && before.labels().equals(after.labels())
                && before.addresses().equals(after.addresses())
                && Objects.equals(before.node(), after.node());
    }

    SortedSet<ObjectId> ofNode(String node) {
        SortedSet<ObjectId> touched = new TreeSet<>();
        for (String namespace : facts.namespacesOn(node)) {
            objects.inNamespace(namespace).stream()
                    .filter(object -> !object.needs().servers().isEmpty())
                    .forEach(object -> addServed(object, false, touched));
        }
        return touched;
    }

    /** @param counts whether others may get another place in the quota of servers */
    private void addServed(WorldObject object, boolean counts, SortedSet<ObjectId> touched) {
        touched.add(object.id());
        for (ObjectId loadBalancer : object.needs().loadBalancers()) {
            // It counts the servers of all its groups.
            addIfPresent(loadBalancer, touched);
            if (counts) {
                addSharing(Share.SERVERS, loadBalancer, touched);
            }
        }
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

    /** A server there would send traffic round in circles. */
    SortedSet<ObjectId> ofForwarderAddresses() {
        SortedSet<ObjectId> touched = new TreeSet<>();
        objects.all().stream()
                .filter(object -> object.needs().namesAddresses())
                .forEach(object -> touched.add(object.id()));
        return touched;
    }

    private void addIfPresent(ObjectId id, SortedSet<ObjectId> touched) {
        if (objects.find(id).isPresent()) {
            touched.add(id);
        }
    }

    private void addSharing(Share share, ObjectId loadBalancer, SortedSet<ObjectId> touched) {
        objects.partsOf(loadBalancer).stream()
                .filter(part -> share != Share.NOTHING && part.kind().share() == share)
                .forEach(touched::add);
    }
}
