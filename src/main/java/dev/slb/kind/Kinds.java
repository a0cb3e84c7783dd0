package dev.slb.kind;

import dev.slb.api.Listener;
import dev.slb.api.LoadBalancer;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.VServerGroup;
import dev.slb.translate.ListenerTranslation;
import dev.slb.translate.LoadBalancerTranslation;
import dev.slb.translate.MasterSlaveGroupTranslation;
import dev.slb.translate.VServerGroupTranslation;
import io.fabric8.kubernetes.api.model.HasMetadata;

import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The kinds of objects that are translated, in their order. */
public final class Kinds implements Iterable<ObjectKind<?, ?>> {

    public static final ObjectKind<LoadBalancer, LoadBalancerTranslation> LOAD_BALANCER = new LoadBalancerKind();
    public static final ObjectKind<VServerGroup, VServerGroupTranslation> V_SERVER_GROUP = new VServerGroupKind();
    public static final ObjectKind<MasterSlaveGroup, MasterSlaveGroupTranslation> MASTER_SLAVE_GROUP =
            new MasterSlaveGroupKind();
    public static final ObjectKind<Listener, ListenerTranslation> LISTENER = new ListenerKind();

    /** All that there are. */
    public static final Kinds ALL = new Kinds(List.of(LOAD_BALANCER, V_SERVER_GROUP, MASTER_SLAVE_GROUP, LISTENER));

    private final List<ObjectKind<?, ?>> kinds;
    private final Map<Class<?>, ObjectKind<?, ?>> byType;

    /** @throws IllegalStateException when two are of the same type */
    public Kinds(Collection<ObjectKind<?, ?>> kinds) {
        this.kinds = kinds.stream().sorted().toList();
        this.byType = this.kinds.stream().collect(Collectors.toUnmodifiableMap(ObjectKind::type, Function.identity()));
    }

    /** Empty for an object that is not translated, such as a Pod. */
    public Optional<ObjectKind<?, ?>> of(HasMetadata object) {
        return Optional.ofNullable(byType.get(object.getClass()));
    }

    /** As {@link #of}. */
    public Optional<ObjectId> idOf(HasMetadata object) {
        return of(object)
                .map(kind -> kind.id(
                        object.getMetadata().getNamespace(),
                        object.getMetadata().getName()));
    }

    public Stream<ObjectKind<?, ?>> stream() {
        return kinds.stream();
    }

    @Override
    public Iterator<ObjectKind<?, ?>> iterator() {
        return kinds.iterator();
    }
}
