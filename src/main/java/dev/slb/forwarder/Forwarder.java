package dev.slb.forwarder;

import dev.slb.forwarder.accesslog.AccessLog;
import dev.slb.forwarder.l4.udp.FlowLimit;
import dev.slb.forwarder.limits.LoadBalancerLimits;
import dev.slb.forwarder.report.Balances;
import dev.slb.forwarder.report.Reporter;
import dev.slb.forwarder.serve.Configuration;
import dev.slb.forwarder.serve.ControlThread;
import dev.slb.forwarder.serve.Frontends;
import dev.slb.forwarder.serve.Workshop;
import dev.slb.forwarder.table.Frontend;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Refusals;
import dev.slb.forwarder.transport.Faults;
import dev.slb.forwarder.transport.Transport;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.ForwarderStats;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.LoadBalancerPlan;
import dev.slb.plan.PlanSink;
import dev.slb.plan.ReportChanges;
import dev.slb.plan.WrittenPlan;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * The data plane of one process: serves what it is told on sockets, checks servers, and reports.
 *
 * <pre>{@code
 * try (Forwarder forwarder = Forwarder.start(ForwarderOptions.named("edge-0"))) {
 *     forwarder.begin();
 *     forwarder.publish(group);
 *     forwarder.publish(listener);
 *     forwarder.synced();
 * }
 * }</pre>
 *
 * <p>Calls return at once; what became of a document is in the {@link ForwarderReport}. A document that does not
 * validate is refused, and the last good version stays. A listener moves to a new version when all groups that it names
 * are known and its port is bound, never in parts. No change of a document closes a connection, but for those of servers
 * that left, turned abnormal, or of listeners that were withdrawn: these run on for the drain time.
 *
 * <p>When a listener is withdrawn, its port stops listening at once (new connections are refused by the kernel), unless
 * another listener waits for the port: then it goes on without a gap.
 */
public final class Forwarder implements PlanSink, AutoCloseable {

    private final EventExecutor control;
    private final Transport transport;
    private final Configuration configuration;
    private final Reporter reporter;
    private final Balances balances;
    private final AccessLog accessLog;
    private volatile boolean draining;

    /**
     * @param control what the control thread is
     * @param chance for what is left to it; only used on the control thread
     * @param frontends who speaks the protocol of a listener
     * @param accessLog null: none
     */
    Forwarder(
            ForwarderOptions options,
            Transport transport,
            EventExecutor control,
            RandomGenerator chance,
            Function<ListenerRuntime, Frontend> frontends,
            AccessLog accessLog) {
        this.transport = transport;
        this.accessLog = accessLog;
        this.control = control;
        Refusals refusals = new Refusals();
        this.balances = new Balances(options.balance());
        this.reporter = new Reporter(options.name(), transport.time(), refusals, balances);
        FlowLimit flowLimit =
                options.maxUdpFlows() == 0 ? FlowLimit.ofThisProcess() : new FlowLimit(options.maxUdpFlows());
        this.configuration = new Configuration(
                new Workshop(
                        control,
                        transport,
                        chance,
                        frontends,
                        options.tls(),
                        refusals,
                        accessLog,
                        options.firstChecksPerSecond()),
                options.bindAddress(),
                flowLimit,
                this::updateReport);
        long lookMillis = Math.max(1, options.balance().windowMillis() / 10);
        control.scheduleWithFixedDelay(this::lookAtBalance, lookMillis, lookMillis, TimeUnit.MILLISECONDS);
    }

    private static AccessLog openAccessLog(ForwarderOptions options, Transport transport) {
        if (options.accessLog() == null) {
            return null;
        }
        try {
            return AccessLog.open(options.accessLog(), options.eventLoops(), transport.time());
        } catch (IOException e) {
            transport.close();
            throw new UncheckedIOException("access log: " + e, e);
        }
    }

    /**
     * @throws IllegalStateException when the transport that was asked for does not work here
     * @throws UncheckedIOException when the access log can't be opened
     */
    public static Forwarder start(ForwarderOptions options) {
        Faults faults = new Faults(Faults.HALT);
        Transport transport = Transport.open(options.transport(), options.eventLoops(), options.name(), faults);
        AccessLog accessLog = openAccessLog(options, transport);
        return new Forwarder(
                options,
                transport,
                new ControlThread(options.name(), faults),
                new SplittableRandom(),
                Frontends::create,
                accessLog);
    }

    private void updateReport(Configuration.Changes changes) {
        reporter.update(configuration, changes);
        balances.changed(changes);
    }

    private void lookAtBalance() {
        run("the balance of groups", () -> {
            if (balances.look(configuration, transport.time().nanoTime())) {
                reporter.balance(balances.answers());
            }
        });
    }

    @Override
    public void begin() {
        run("begin", configuration::begin);
    }

    @Override
    public void publish(WrittenPlan<?> plan) {
        run(plan.id(), () -> configuration.publish(plan));
    }

    @Override
    public void keep(DocumentId id) {
        run(id, () -> configuration.keep(id));
    }

    @Override
    public void withdraw(DocumentId id) {
        run(id, () -> configuration.withdraw(id));
    }

    @Override
    public void synced() {
        run("synced", configuration::synced);
    }

    private void run(Object what, Runnable task) {
        control.execute(transport.faults().guard(what, task));
    }

    /** The latest report. */
    public ForwarderReport report() {
        return reporter.report();
    }

    /** What became of a document, null for one that was not delivered, or was withdrawn. */
    public DocumentState state(DocumentId document) {
        return reporter.state(document);
    }

    /**
     * Done when the report's revision is not this one: at once when it is an older one, else on the next change. Whoever
     * waits no longer completes or cancels the future.
     */
    public CompletionStage<Void> reportAfter(long revision) {
        return reporter.reportAfter(revision);
    }

    /** What has changed in the report since a revision; empty when nobody knows any more, and all has to be told. */
    public Optional<ReportChanges> changesSince(long revision) {
        return reporter.changesSince(revision);
    }

    /**
     * The plans that listeners serve whose version says {@link dev.slb.plan.Action.Keep}, with what is kept: published again to
     * a forwarder that knows nothing, they make it go on with the same.
     */
    public Map<DocumentId, ListenerPlan> keeping() {
        return reporter.keeping();
    }

    /** Counts since the start, of listeners and servers that still exist. */
    public ForwarderStats stats() {
        return reporter.stats();
    }

    /** The listeners that run, those that drain included, for their counts. */
    public List<ListenerRuntime> listeners() {
        return reporter.listeners();
    }

    /** The LoadBalancers that are known, with what counts against their limits. */
    public Map<LoadBalancerPlan, LoadBalancerLimits> loadBalancers() {
        return reporter.loadBalancers();
    }

    /** How often traffic was to leave a server out for a while, as it could not reach it. */
    public long pauses() {
        return configuration.pauses();
    }

    /** How many health checks have ended, well or not. */
    public long healthChecks(boolean good) {
        return configuration.healthChecks(good);
    }

    /** How many servers wait for their first check, as there are more than may be checked at once. */
    public int waitingChecks() {
        return configuration.waitingChecks();
    }

    /** Lines of the access log that are lost, by reason; empty when there is none. */
    public SortedMap<String, Long> lostLogLines() {
        return accessLog == null ? Collections.emptySortedMap() : accessLog.dropped();
    }

    /** Which transport is in use and with how many event loops. */
    public Transport transport() {
        return transport;
    }

    /**
     * Stops listening, takes no documents any more, and lets connections end: HTTP ones as soon as their request is
     * answered, TCP ones by themselves.
     *
     * @return done when no connection is left, or when this time has passed; {@link #close} ends the rest
     */
    public CompletionStage<Void> drain(Duration atMost) {
        CompletableFuture<Void> drained = new CompletableFuture<>();
        draining = true;
        run("drain", () -> configuration.drainAll(() -> drained.complete(null)));
        control.schedule(() -> drained.complete(null), atMost.toMillis(), TimeUnit.MILLISECONDS);
        return drained;
    }

    /** Whether {@link #drain} was called. */
    public boolean isDraining() {
        return draining;
    }

    /** Stops listening. @return what tells, port by port, when that is done */
    Future<List<Future<?>>> closePorts() {
        return control.submit(configuration::close);
    }

    /** Stops listening, closes all connections and ends all threads. */
    @Override
    public void close() {
        Future<List<Future<?>>> closing = closePorts();
        closing.awaitUninterruptibly();
        closing.getNow().forEach(port -> port.awaitUninterruptibly(5, TimeUnit.SECONDS));
        transport.close().awaitUninterruptibly();
        if (accessLog != null) {
            accessLog.close();
        }
        control.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
