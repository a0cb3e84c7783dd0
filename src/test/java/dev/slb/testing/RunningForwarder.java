package dev.slb.testing;

import dev.slb.forwarder.Forwarder;
import dev.slb.forwarder.ForwarderOptions;
import dev.slb.forwarder.accesslog.AccessLogOptions;
import dev.slb.forwarder.tls.TlsProvider;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.ForwarderReport.ServerHealth;
import dev.slb.plan.ForwarderStats;
import dev.slb.plan.Health;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.PlanDocument;
import dev.slb.plan.PlanJson;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import static org.assertj.core.api.Assertions.assertThat;

/** A forwarder on loopback, with waits for what it reports. */
public final class RunningForwarder implements AutoCloseable {

    private final FaultWatch faults = FaultWatch.start();
    private final Forwarder forwarder;

    private RunningForwarder(Forwarder forwarder) {
        this.forwarder = forwarder;
    }

    public static RunningForwarder start(TransportKind transport) {
        return start(transport, 2);
    }

    public static RunningForwarder start(TransportKind transport, int eventLoops) {
        return start(options(transport, eventLoops));
    }

    /** One that writes the access log to this file. */
    public static RunningForwarder start(TransportKind transport, Path accessLog) {
        return start(options(transport, 2).withAccessLog(AccessLogOptions.file(accessLog)));
    }

    /** One whose TLS is by this provider. */
    public static RunningForwarder start(TransportKind transport, TlsProvider tls) {
        return start(options(transport, 2).withTls(tls));
    }

    private static RunningForwarder start(ForwarderOptions options) {
        RunningForwarder running = new RunningForwarder(Forwarder.start(options));
        running.forwarder.begin();
        running.forwarder.publish(TestPlans.loadBalancer(1));
        running.forwarder.synced();
        return running;
    }

    /** One whose UDP listeners have so many flows at most. */
    public static RunningForwarder startWithUdpFlows(TransportKind transport, int flows) {
        return start(options(transport, 2).withMaxUdpFlows(flows));
    }

    /** One that listens at this address, null for all. */
    public static RunningForwarder startOn(TransportKind transport, String address) {
        return start(options(transport, 2).bindTo(address));
    }

    /** One that was told nothing yet. */
    public static RunningForwarder startEmpty(TransportKind transport, int eventLoops) {
        return new RunningForwarder(Forwarder.start(options(transport, eventLoops)));
    }

    private static ForwarderOptions options(TransportKind transport, int eventLoops) {
        return ForwarderOptions.named("test")
                .bindTo(Loopback.ADDRESS)
                .withTransport(transport)
                .withEventLoops(eventLoops);
    }

    public Forwarder forwarder() {
        return forwarder;
    }

    /** Publishes, and waits until all these versions are served. */
    public RunningForwarder serve(PlanDocument... documents) {
        publish(documents);
        for (PlanDocument document : documents) {
            String version = PlanJson.version(document);
            await(() -> {
                DocumentState state = state(document.id());
                assertThat(state).as("%s", document.id()).isNotNull();
                assertThat(state.serving())
                        .as("%s: %s", document.id(), state.message())
                        .isEqualTo(version);
                return true;
            });
        }
        return this;
    }

    public void publish(PlanDocument... documents) {
        for (PlanDocument document : documents) {
            forwarder.publish(document);
        }
    }

    public void withdraw(DocumentId id) {
        forwarder.withdraw(id);
    }

    public DocumentState state(DocumentId id) {
        return forwarder.report().documents().get(id);
    }

    /** Waits until a server of the group has this health for the listeners that check it. */
    public void awaitHealth(DocumentId group, String server, Health health) {
        await(() -> {
            assertThat(health(group, server).health()).isEqualTo(health);
            return true;
        });
    }

    public ServerHealth health(DocumentId group, String server) {
        List<ServerHealth> found = forwarder.report().health().stream()
                .filter(each -> each.group().equals(group))
                .flatMap(each -> each.servers().stream())
                .filter(each -> each.server().equals(server))
                .toList();
        assertThat(found)
                .as("health of %s in %s: %s", server, group, forwarder.report())
                .isNotEmpty();
        return found.get(0);
    }

    public long picks(ListenerPlan listener, String serverName) {
        return forwarder.stats().servers().stream()
                .filter(each ->
                        each.listener().equals(listener.id()) && each.name().equals(serverName))
                .mapToLong(ForwarderStats.ServerStats::picks)
                .sum();
    }

    public long refusals(String reason) {
        Map<String, Long> refusals = forwarder.stats().refusals();
        return refusals.getOrDefault(reason, 0L);
    }

    public long activeConnections(ListenerPlan listener) {
        ForwarderStats.ListenerStats stats = forwarder.stats().listeners().get(listener.id());
        return stats == null ? 0 : stats.activeConnections();
    }

    public ForwarderReport report() {
        return forwarder.report();
    }

    /** Waits, generously, until this neither throws an AssertionError nor gives false. */
    public static void await(Callable<Boolean> condition) {
        Patience.await(condition);
    }

    /** Closed, it must not have told a fault, whatever its peers did. */
    @Override
    public void close() {
        forwarder.close();
        faults.assertNone();
    }
}
