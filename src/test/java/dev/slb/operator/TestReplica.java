package dev.slb.operator;

import dev.slb.delivery.ForwarderProcess;
import dev.slb.delivery.PlanStreamOptions;
import dev.slb.distribution.BalanceWatch;
import dev.slb.forwarder.ForwarderOptions;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.testing.MockApiServer;
import dev.slb.testing.TcpProxy;
import dev.slb.translate.AllowedServices;
import dev.slb.translate.Quotas;
import dev.slb.translate.Settings;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** A pod of the operator's Deployment: an operator and a forwarder that share a folder, with an address of their own. */
final class TestReplica implements AutoCloseable {

    static final String NAMESPACE = "slb-system";
    static final Map<String, String> LABELS = Map.of("app.kubernetes.io/name", "slb");

    private static final PlanStreamOptions STREAM = new PlanStreamOptions(
            Duration.ofSeconds(1), Duration.ofSeconds(10), Duration.ofMillis(50), Duration.ofMillis(500), 1 << 20);

    private final TcpProxy road;
    private final Function<ApiErrors, KubernetesClient> clients;
    private final String name;
    private final String address;
    private final int adminPort;
    private final Path folder;

    private Duration leaseDuration = Duration.ofSeconds(8);
    private Set<String> watchedNamespaces = Set.of();
    private KubernetesClient client;
    private OperatorProcess operator;
    private ForwarderProcess forwarder;

    /**
     * @param address of the pod, in 127.0.0.0/8
     * @param adminPort of the forwarder, the same for all replicas
     */
    TestReplica(MockApiServer api, String name, String address, int adminPort, Path folder) {
        this.road = new TcpProxy(api.address());
        this.clients = errors -> api.client(name, road.port(), errors);
        this.name = name;
        this.address = address;
        this.adminPort = adminPort;
        this.folder = folder;
    }

    /** @param clients of an API server that can't be cut off */
    TestReplica(
            String name, String address, int adminPort, Path folder, Function<ApiErrors, KubernetesClient> clients) {
        this.road = null;
        this.clients = clients;
        this.name = name;
        this.address = address;
        this.adminPort = adminPort;
        this.folder = folder;
    }

    String address() {
        return address;
    }

    String name() {
        return name;
    }

    OperatorProcess operator() {
        return operator;
    }

    ForwarderProcess forwarder() {
        return forwarder;
    }

    /** As the kubelet would have it, once both containers are ready. */
    Pod pod() {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace(NAMESPACE)
                .withName(name)
                .withLabels(LABELS)
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .withNewStatus()
                .withPodIP(address)
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .endCondition()
                .endStatus()
                .build();
    }

    void cutApiServer() {
        road.cut();
    }

    void mendApiServer() {
        road.mend();
    }

    /** Of these namespaces alone; to be said before the start. */
    TestReplica watching(String... namespaces) {
        watchedNamespaces = Set.of(namespaces);
        return this;
    }

    /** With a Lease that does not change hands while the machine is busy, nor else in a test; to be said before the start. */
    TestReplica keepingTheLease() {
        leaseDuration = Duration.ofMinutes(5);
        return this;
    }

    TestReplica startOperator() {
        ApiErrors errors = new ApiErrors();
        client = clients.apply(errors);
        LeaseOptions lease = new LeaseOptions(
                NAMESPACE, "slb-operator", name, leaseDuration, leaseDuration.minusSeconds(2), Duration.ofMillis(500));
        try {
            operator = OperatorProcess.start(
                    client,
                    errors,
                    new OperatorOptions(
                            name,
                            NAMESPACE,
                            watchedNamespaces,
                            Settings.cluster(Quotas.SLB, List.of(), AllowedServices.DEFAULT),
                            socket(),
                            LABELS,
                            adminPort,
                            List.of(),
                            lease,
                            new InetSocketAddress(address, 0),
                            Supervision.NONE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    void stopOperator() {
        if (operator != null) {
            operator.close();
            client.close();
            operator = null;
        }
    }

    private UnixDomainSocketAddress socket() {
        return UnixDomainSocketAddress.of(folder.resolve("plan.sock"));
    }

    TestReplica startForwarder() {
        try {
            forwarder = ForwarderProcess.start(new ForwarderProcess.Options(
                    ForwarderOptions.named(name)
                            .bindTo(address)
                            .withTransport(TransportKind.NIO)
                            .withBalance(BalanceWatch.Options.withWindow(100))
                            .withEventLoops(1),
                    socket(),
                    folder.resolve("last-good"),
                    new InetSocketAddress(address, adminPort),
                    STREAM));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    void stopForwarder() {
        if (forwarder != null) {
            forwarder.close();
            forwarder = null;
        }
    }

    @Override
    public void close() {
        stopOperator();
        stopForwarder();
        if (road != null) {
            road.close();
        }
    }
}
