package dev.slb.control;

import dev.slb.api.ApiObject;
import dev.slb.api.ApiStatus;
import dev.slb.api.Listener;
import dev.slb.api.ListenerStatus;
import dev.slb.api.LoadBalancer;
import dev.slb.api.LoadBalancerAddress;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.VServerGroup;
import dev.slb.plan.DocumentId;
import dev.slb.translate.ListenerTranslation;
import dev.slb.translate.LoadBalancerTranslation;
import dev.slb.translate.MasterSlaveGroupTranslation;
import dev.slb.translate.Translation;
import dev.slb.translate.VServerGroupTranslation;
import dev.slb.translate.status.ForwarderReports;
import dev.slb.translate.status.ListenerStatusFactory;
import dev.slb.translate.status.LoadBalancerStatusFactory;
import dev.slb.translate.status.MasterSlaveGroupStatusFactory;
import dev.slb.translate.status.VServerGroupStatusFactory;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.CustomResource;

import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/** The statuses that objects should have by what they mean and what forwarders say. */
public final class Statuses {

    private final World world;
    private final Control control;
    private final PlanStore store;
    private final Function<LoadBalancer, List<LoadBalancerAddress>> addresses;
    private final Clock clock;

    /** @param addresses at which clients reach a LoadBalancer */
    public Statuses(
            World world,
            Control control,
            PlanStore store,
            Function<LoadBalancer, List<LoadBalancerAddress>> addresses,
            Clock clock) {
        this.world = world;
        this.control = control;
        this.store = store;
        this.addresses = addresses;
        this.clock = clock;
    }

    /**
     * @param present the object as it is, which is left alone
     * @param bindPort what a listener's status is to record as the port to bind, null for what its translation says
     * @return a copy with the status that it should have; empty when it is not translated yet
     */
    public Optional<HasMetadata> withStatus(HasMetadata present, ForwarderReports reports, Integer bindPort) {
        DocumentId id = ObjectIds.of(present);
        return control.translation(id).map(translation -> copy(present, translation, reports, bindPort));
    }

    private HasMetadata copy(HasMetadata present, Translation translation, ForwarderReports reports, Integer bindPort) {
        List<Condition> previous = conditions(present);
        if (present instanceof LoadBalancer loadBalancer) {
            return copy(
                    loadBalancer,
                    new LoadBalancer(),
                    LoadBalancerStatusFactory.status(
                            loadBalancer,
                            (LoadBalancerTranslation) translation,
                            reports,
                            addresses.apply(loadBalancer),
                            LoadBalancerStatusFactory.count(world.read(snapshot -> snapshot.listenersOf(
                                    loadBalancer.getMetadata().getNamespace(),
                                    loadBalancer.getMetadata().getName()))),
                            previous,
                            clock.instant()));
        } else if (present instanceof Listener listener) {
            ListenerStatus status = ListenerStatusFactory.status(
                    listener, (ListenerTranslation) translation, reports, store::document, previous, clock.instant());
            return copy(listener, new Listener(), bindPort == null ? status : withBindPort(status, bindPort));
        } else if (present instanceof VServerGroup group) {
            return copy(
                    group,
                    new VServerGroup(),
                    VServerGroupStatusFactory.status(
                            group, (VServerGroupTranslation) translation, reports, previous, clock.instant()));
        }
        MasterSlaveGroup group = (MasterSlaveGroup) present;
        return copy(
                group,
                new MasterSlaveGroup(),
                MasterSlaveGroupStatusFactory.status(
                        group, (MasterSlaveGroupTranslation) translation, reports, previous, clock.instant()));
    }

    private static ListenerStatus withBindPort(ListenerStatus status, Integer bindPort) {
        return new ListenerStatus(
                status.observedGeneration(),
                status.conditions(),
                bindPort,
                status.worstCaseFailoverSeconds(),
                status.servers());
    }

    /** A copy of an object with the status of another one of its kind. */
    static HasMetadata withStatusOf(HasMetadata other, HasMetadata object) {
        if (object instanceof LoadBalancer each && other instanceof LoadBalancer before) {
            return copy(each, new LoadBalancer(), before.getStatus());
        } else if (object instanceof Listener each && other instanceof Listener before) {
            return copy(each, new Listener(), before.getStatus());
        } else if (object instanceof VServerGroup each && other instanceof VServerGroup before) {
            return copy(each, new VServerGroup(), before.getStatus());
        } else if (object instanceof MasterSlaveGroup each && other instanceof MasterSlaveGroup before) {
            return copy(each, new MasterSlaveGroup(), before.getStatus());
        }
        throw new IllegalArgumentException(other.getKind() + " is not " + object.getKind());
    }

    /** Metadata and spec are shared: nobody changes them. */
    private static <S, T extends ApiStatus, R extends ApiObject<S, T>> R copy(R from, R to, T status) {
        to.setMetadata(from.getMetadata());
        to.setSpec(from.getSpec());
        to.markUnreadable(from.unreadable());
        to.setStatus(status);
        return to;
    }

    /** Whether the two have equal statuses. */
    public static boolean sameStatus(HasMetadata one, HasMetadata other) {
        return Objects.equals(status(one), status(other));
    }

    /** The status of an object, null when it has none. */
    public static Object status(HasMetadata object) {
        return ((CustomResource<?, ?>) object).getStatus();
    }

    /** The conditions of an object, empty when it has no status. */
    public static List<Condition> conditions(HasMetadata object) {
        return object instanceof ApiObject<?, ?> ours ? ours.conditions() : List.of();
    }
}
