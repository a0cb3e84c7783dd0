package dev.slb.operator;

import dev.slb.api.AddressType;
import dev.slb.api.Listener;
import dev.slb.api.LoadBalancer;
import dev.slb.api.LoadBalancerAddress;
import dev.slb.api.ServiceSpec;
import dev.slb.control.Control;
import dev.slb.control.PlanStore;
import dev.slb.control.world.World;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.operator.ServiceBlueprint.Port;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.ListenerProtocol;
import dev.slb.plan.PlanDocument;
import dev.slb.translate.AllowedServices;
import dev.slb.translate.ListenerTranslation;
import dev.slb.translate.Outcome;
import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Keeps one Service for each LoadBalancer, leading from its listeners' ports to the ports that forwarders bind, and knows its
 * addresses. A Service without its LoadBalancer is removed: no owner reference crosses namespaces.
 *
 * <p>Addresses: a Service of type LoadBalancer has those that its controller gives it, none where there is no such controller.
 * ClusterIP and NodePort have the cluster IP: a node's address would be one only with another port than the listener's.
 */
final class Services implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Services.class);

    private static final String FIELD_MANAGER = "slb-operator";

    private final KubernetesClient client;
    private final String namespace;
    private final Map<String, String> selector;
    private final AllowedServices allowed;
    private final World world;
    private final Control control;
    private final PlanStore store;
    private final SharedIndexInformer<Service> informer;

    /** @param onChange hears of LoadBalancers whose Service changed */
    Services(
            KubernetesClient client,
            OperatorOptions options,
            World world,
            Control control,
            PlanStore store,
            Consumer<ObjectId> onChange) {
        this.client = client;
        this.namespace = options.namespace();
        this.selector = options.forwarderLabels();
        this.allowed = options.settings().allowedServices();
        this.world = world;
        this.control = control;
        this.store = store;
        Consumer<Service> changed = service ->
                Optional.ofNullable(ServiceBlueprint.ownerOf(service)).ifPresent(onChange);
        this.informer = client.services()
                .inNamespace(namespace)
                .withLabel(ServiceBlueprint.MANAGED_BY, ServiceBlueprint.MANAGER)
                .runnableInformer(0)
                .exceptionHandler((started, failure) -> true)
                .addEventHandler(new InformerEvents<>(changed, changed));
    }

    void start() {
        informer.start();
    }

    boolean isDelivered() {
        return informer.hasSynced();
    }

    /** Brings the Service of a LoadBalancer to what it should be; removes that of one that is gone. For the elected replica. */
    void ensure(ObjectId id) {
        Service present = find(id);
        if (world.object(id).isEmpty()) {
            if (present != null) {
                remove(present, "its LoadBalancer is gone");
            }
            return;
        }
        Optional<ServiceSpec> wished = control.translation(Kinds.LOAD_BALANCER, id)
                .map(translation -> translation.exposure().service());
        if (wished.isEmpty()) {
            // One that is there stays, and with it its address, as long as the operator may have it.
            if (present != null && !isAllowed(present)) {
                remove(present, "the operator does not allow its type or class");
            }
            return;
        }
        Collection<Port> ports = ports(id, present);
        if (ports.isEmpty()) {
            // One that is there stays, and with it its address: a listener may come back.
            return;
        }
        Service service = ServiceBlueprint.service(id, wished.get(), namespace, ports, selector);
        if (present == null || !ServiceBlueprint.isUpToDate(present, service)) {
            client.resource(service)
                    .fieldManager(FIELD_MANAGER)
                    .forceConflicts()
                    .serverSideApply();
        }
    }

    private boolean isAllowed(Service service) {
        return service.getSpec() != null
                && allowed.allows(service.getSpec().getType(), service.getSpec().getLoadBalancerClass());
    }

    /** Removes Services whose LoadBalancer went while nobody looked. For the elected replica, once the world is complete. */
    void sweep() {
        for (Service service : informer.getStore().list()) {
            ObjectId owner = ServiceBlueprint.ownerOf(service);
            if (owner == null || world.object(owner).isEmpty()) {
                remove(service, "its LoadBalancer is gone");
            }
        }
    }

    private void remove(Service service, String why) {
        log.info("removing Service {}: {}", service.getMetadata().getName(), why);
        client.resource(service).delete();
    }

    private Service find(ObjectId id) {
        return informer.getStore().getByKey(Cache.namespaceKeyFunc(namespace, ServiceBlueprint.name(id)));
    }

    private Collection<Port> ports(ObjectId id, Service present) {
        // By what people see: of two with the same port only one is published.
        Map<String, Port> ports = new TreeMap<>();
        List<Listener> listeners =
                world.read(snapshot -> new ArrayList<>(snapshot.listenersOf(id.namespace(), id.name())));
        for (Listener listener : listeners) {
            port(listener, present).ifPresent(port -> ports.put(port.protocol() + port.port(), port));
        }
        return ports.values();
    }

    private Optional<Port> port(Listener listener, Service present) {
        Outcome<ListenerPlan> outcome = control.translation(Kinds.LISTENER, Kinds.LISTENER.id(listener))
                .map(ListenerTranslation::outcome)
                .orElse(null);
        if (outcome instanceof Outcome.Publish<ListenerPlan> publish) {
            return Optional.of(port(publish.document()));
        }
        if (!(outcome instanceof Outcome.KeepLast)) {
            return Optional.empty();
        }
        Optional<PlanDocument> last = store.document(outcome.id());
        if (last.isPresent()) {
            return last.map(ListenerPlan.class::cast).map(Services::port);
        }
        // Kept since before this process: the port is as it is.
        Integer bindPort =
                listener.getStatus() == null ? null : listener.getStatus().bindPort();
        return present == null || bindPort == null
                ? Optional.empty()
                : ServiceBlueprint.ports(present).stream()
                        .filter(port -> port.target() == bindPort)
                        .findFirst();
    }

    private static Port port(ListenerPlan plan) {
        return new Port(
                plan.protocol() == ListenerProtocol.UDP ? "UDP" : "TCP",
                plan.frontend().port(),
                plan.frontend().bindPort());
    }

    /** At which clients reach the LoadBalancer now; empty while it has none. */
    List<LoadBalancerAddress> addresses(LoadBalancer loadBalancer) {
        Service service = find(Kinds.LOAD_BALANCER.id(loadBalancer));
        if (service == null || service.getSpec() == null) {
            return List.of();
        }
        if (!"LoadBalancer".equals(service.getSpec().getType())) {
            String address = service.getSpec().getClusterIP();
            return address == null || address.isEmpty() || "None".equals(address)
                    ? List.of()
                    : List.of(new LoadBalancerAddress(AddressType.IPAddress, address));
        }
        if (service.getStatus() == null || service.getStatus().getLoadBalancer() == null) {
            return List.of();
        }
        return service.getStatus().getLoadBalancer().getIngress().stream()
                .map(Services::address)
                .flatMap(Optional::stream)
                .toList();
    }

    private static Optional<LoadBalancerAddress> address(LoadBalancerIngress ingress) {
        if (ingress.getIp() != null && !ingress.getIp().isEmpty()) {
            return Optional.of(new LoadBalancerAddress(AddressType.IPAddress, ingress.getIp()));
        }
        return Optional.ofNullable(ingress.getHostname())
                .filter(name -> !name.isEmpty())
                .map(name -> new LoadBalancerAddress(AddressType.Hostname, name));
    }

    @Override
    public void close() {
        informer.stop();
    }
}
