package dev.slb.control;

import dev.slb.api.ApiObject;
import dev.slb.api.LoadBalancer;
import dev.slb.api.LoadBalancerAddress;
import dev.slb.control.world.World;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.kind.ObjectKind;
import dev.slb.kind.StatusFacts;
import dev.slb.translate.Translation;
import dev.slb.translate.status.ForwarderReports;
import io.fabric8.kubernetes.api.model.HasMetadata;

import java.time.Clock;
import java.util.List;
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
    public Optional<ApiObject<?, ?>> withStatus(
            ObjectId id, HasMetadata present, ForwarderReports reports, Integer bindPort) {
        StatusFacts facts = new StatusFacts(
                reports,
                addresses,
                loadBalancer -> world.read(snapshot -> List.copyOf(snapshot.listenersOf(
                        loadBalancer.getMetadata().getNamespace(),
                        loadBalancer.getMetadata().getName()))),
                loadBalancer -> control.translations(world.partsOf(Kinds.LOAD_BALANCER.id(loadBalancer))),
                store::document,
                bindPort,
                clock.instant());
        return withStatus(id.kind(), id, present, facts);
    }

    private <T extends ApiObject<?, ?>, M extends Translation> Optional<ApiObject<?, ?>> withStatus(
            ObjectKind<T, M> kind, ObjectId id, HasMetadata present, StatusFacts facts) {
        return control.translation(kind, id)
                .map(translation -> kind.withStatus(kind.type().cast(present), translation, facts));
    }
}
