package dev.slb.control.world;

import dev.slb.api.ApiObject;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.kind.ObjectKind;
import io.fabric8.kubernetes.api.model.HasMetadata;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The objects of all kinds, and the indexes by which they are found. */
final class ObjectStore {

    private final Kinds kinds;
    private final SortedMap<ObjectId, WorldObject> objects = new TreeMap<>();
    /** Whether or not the LoadBalancer exists; the same holds for what others name. */
    private final Index<Parts> byLoadBalancer = new Index<>();

    private final Index<ObjectId> byNamedObject = new Index<>();
    private final Index<NamespacedName> byNamedSecret = new Index<>();

    /** Of a LoadBalancer may be few listeners and many groups. */
    private record Parts(ObjectId loadBalancer, ObjectKind<?, ?> kind) {}

    private final Index<Recorded> byRecorded = new Index<>();

    private record Recorded(ObjectKind<?, ?> kind, Object value) {}

    ObjectStore(Kinds kinds) {
        this.kinds = kinds;
    }

    /** @throws IllegalArgumentException when the object is of none of the kinds */
    WorldObject describe(HasMetadata object) {
        return kinds.of(object)
                .map(kind -> WorldObject.of(kind, object))
                .orElseThrow(
                        () -> new IllegalArgumentException("not an object that is translated: " + object.getKind()));
    }

    /** @return the one before, null when there was none */
    WorldObject put(WorldObject object) {
        WorldObject before = remove(object.id());
        ObjectId id = object.id();
        objects.put(id, object);
        object.needs()
                .loadBalancers()
                .forEach(loadBalancer -> byLoadBalancer.add(new Parts(loadBalancer, id.kind()), id));
        object.needs().objects().forEach(named -> byNamedObject.add(named, id));
        secretsOf(object).forEach(secret -> byNamedSecret.add(secret, id));
        if (object.recorded() != null) {
            byRecorded.add(new Recorded(id.kind(), object.recorded()), id);
        }
        return before;
    }

    /** @return the one that was there, null when there was none */
    WorldObject remove(ObjectId id) {
        WorldObject before = objects.remove(id);
        if (before != null) {
            before.needs()
                    .loadBalancers()
                    .forEach(loadBalancer -> byLoadBalancer.remove(new Parts(loadBalancer, id.kind()), id));
            before.needs().objects().forEach(named -> byNamedObject.remove(named, id));
            secretsOf(before).forEach(secret -> byNamedSecret.remove(secret, id));
            byRecorded.remove(new Recorded(id.kind(), before.recorded()), id);
        }
        return before;
    }

    private static List<NamespacedName> secretsOf(WorldObject object) {
        return object.needs().secrets().secrets().stream()
                .map(name -> new NamespacedName(object.id().namespace(), name))
                .toList();
    }

    Optional<WorldObject> find(ObjectId id) {
        return Optional.ofNullable(objects.get(id));
    }

    <T extends ApiObject<?, ?>> Optional<T> find(ObjectKind<T, ?> kind, ObjectId id) {
        return find(id).map(WorldObject::object).flatMap(kind::of);
    }

    /** Those of a kind. */
    <T extends ApiObject<?, ?>> List<T> ofKind(ObjectKind<T, ?> kind) {
        return ofKind(kind, objects.keySet());
    }

    /** Those of a kind that are parts of a LoadBalancer. */
    <T extends ApiObject<?, ?>> List<T> partsOf(ObjectId loadBalancer, ObjectKind<T, ?> kind) {
        return ofKind(kind, byLoadBalancer.get(new Parts(loadBalancer, kind)));
    }

    /** Those of a kind that have this on record. */
    <T extends ApiObject<?, ?>> List<T> recording(ObjectKind<T, ?> kind, Object recorded) {
        return ofKind(kind, byRecorded.get(new Recorded(kind, recorded)));
    }

    private <T extends ApiObject<?, ?>> List<T> ofKind(ObjectKind<T, ?> kind, Collection<ObjectId> ids) {
        return ids.stream()
                .filter(id -> id.kind() == kind)
                .map(id -> find(kind, id))
                .flatMap(Optional::stream)
                .toList();
    }

    /** Sorted. */
    Set<ObjectId> ids() {
        return objects.keySet();
    }

    SortedSet<ObjectId> partsOf(ObjectId loadBalancer) {
        SortedSet<ObjectId> parts = new TreeSet<>();
        kinds.forEach(kind -> parts.addAll(byLoadBalancer.get(new Parts(loadBalancer, kind))));
        return parts;
    }

    SortedSet<ObjectId> naming(ObjectId named) {
        return byNamedObject.get(named);
    }

    /** Those that name a Secret or ConfigMap. */
    SortedSet<ObjectId> naming(NamespacedName secret) {
        return byNamedSecret.get(secret);
    }
}
