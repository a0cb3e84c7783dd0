package dev.slb.forwarder.admin;

import dev.slb.admin.AdminAnswer;
import dev.slb.admin.AdminCounts;
import dev.slb.admin.AdminLimits;
import dev.slb.admin.AdminPort;
import dev.slb.admin.AdminRequest;
import dev.slb.admin.AdminRoutes;
import dev.slb.admin.AdminWork;
import dev.slb.base.Threads;
import dev.slb.forwarder.Forwarder;
import dev.slb.forwarder.metrics.ForwarderMetrics;
import dev.slb.forwarder.transport.Faults;
import dev.slb.plan.PlanJson;
import dev.slb.plan.ReportAnswer;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The {@link AdminPort} of a forwarder: what it answers.
 *
 * <table>
 *   <caption>What can be asked, by GET</caption>
 *   <tr><td>{@code /healthz}</td><td>200: the process runs; 503 when an event loop has not turned for 60 s</td></tr>
 *   <tr><td>{@code /readyz}</td><td>200 once a whole set of documents was taken (a first delivery, or the last good set
 *       that was loaded) and each of its listeners is bound, refused or says what it waits for; from then on always,
 *       until the forwarder drains, or while an event loop has not turned for 5 s. Otherwise 503</td></tr>
 *   <tr><td>{@code /report}</td><td>{@link dev.slb.plan.ForwarderReport} as JSON, at once</td></tr>
 *   <tr><td>{@code /report?after=REV&timeoutMillis=N}</td><td>the same as soon as its revision is not REV, after N
 *       milliseconds (0..60,000, default 30,000) at the latest: then the report is the one that is known. 503 when too many
 *       wait</td></tr>
 *   <tr><td>{@code /report?after=REV&changes=true}</td><td>the same, but only what has changed since:
 *       {@link dev.slb.plan.ReportChanges}; the whole report where REV is of another life, or too long ago</td></tr>
 *   <tr><td>{@code /metrics}</td><td>counts in the text format of Prometheus; with {@code ?servers=true} also those
 *       for each server; not older than a second</td></tr>
 *   <tr><td>{@code /stats}</td><td>{@link dev.slb.plan.ForwarderStats} as JSON</td></tr>
 * </table>
 */
public final class AdminServer implements AutoCloseable {

    private static final Duration NOT_READY = Duration.ofSeconds(5);
    private static final Duration NOT_ALIVE = Duration.ofSeconds(60);
    private static final long LOOK_MILLIS = 250;
    private static final long ASK_MILLIS = 1_000;
    private static final long DEFAULT_HOLD_MILLIS = 30_000;
    private static final long MAX_HOLD_MILLIS = 60_000;

    private final ScheduledExecutorService watch;
    private final AdminPort port;

    private AdminServer(ScheduledExecutorService watch, AdminPort port) {
        this.watch = watch;
        this.port = port;
    }

    /**
     * @param address port 0 takes a free one
     * @param loaded whether the forwarder was given a whole last good set, which makes it ready before a first delivery
     * @throws IOException when the address can't be bound
     */
    public static AdminServer start(Forwarder forwarder, InetSocketAddress address, BooleanSupplier loaded)
            throws IOException {
        Faults faults = forwarder.transport().faults();
        AdminCounts counts = new AdminCounts();
        Readiness readiness = new Readiness(forwarder, loaded);
        LoopWatch loops = new LoopWatch(forwarder.transport());
        AdminPort port;
        try {
            port = AdminPort.open(
                    address, routes(forwarder, counts, readiness, loops), AdminLimits.DEFAULT, counts, faults::tell);
        } catch (IOException e) {
            throw new IOException("admin port " + e.getMessage(), e);
        }
        ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(Threads.single("admin-watch"));
        every(LOOK_MILLIS, watch, faults.guard("readiness", readiness::look));
        every(ASK_MILLIS, watch, faults.guard("the watch of event loops", loops::ask));
        return new AdminServer(watch, port);
    }

    private static void every(long millis, ScheduledExecutorService watch, Runnable task) {
        watch.scheduleWithFixedDelay(task, 0, millis, TimeUnit.MILLISECONDS);
    }

    private static AdminRoutes routes(Forwarder forwarder, AdminCounts counts, Readiness readiness, LoopWatch loops) {
        ForwarderMetrics metrics = new ForwarderMetrics(forwarder, counts);
        return new AdminRoutes()
                .probe("/healthz", () -> loops.problem(NOT_ALIVE))
                .probe("/readyz", () -> readiness.problem().or(() -> loops.problem(NOT_READY)))
                .document("/stats", () -> json(forwarder.stats()))
                .metrics(
                        "/metrics",
                        request -> request.isTrue("servers"),
                        servers -> AdminAnswer.document(ForwarderMetrics.CONTENT_TYPE, metrics.scrape(servers)))
                .route("/report", request -> report(forwarder, request));
    }

    private static AdminWork report(Forwarder forwarder, AdminRequest request) {
        OptionalLong after;
        long holdMillis;
        try {
            after = request.number("after");
            holdMillis = request.number("timeoutMillis").orElse(DEFAULT_HOLD_MILLIS);
        } catch (NumberFormatException e) {
            return AdminWork.now(400, "after and timeoutMillis are whole numbers");
        }
        AdminWork.Build whole = AdminWork.build("/report", () -> json(forwarder.report()));
        if (after.isEmpty()) {
            return whole;
        }
        long seen = after.getAsLong();
        return new AdminWork.Hold(
                () -> forwarder.reportAfter(seen).toCompletableFuture(),
                Duration.ofMillis(Math.max(0, Math.min(holdMillis, MAX_HOLD_MILLIS))),
                request.isTrue("changes")
                        ? AdminWork.build("/report after " + seen, () -> json(answerSince(forwarder, seen)))
                        : whole);
    }

    private static ReportAnswer answerSince(Forwarder forwarder, long seen) {
        return forwarder
                .changesSince(seen)
                .<ReportAnswer>map(changes -> changes)
                .orElseGet(forwarder::report);
    }

    private static AdminAnswer json(Object value) {
        return AdminAnswer.document("application/json", PlanJson.write(value));
    }

    public InetSocketAddress address() {
        return port.address();
    }

    @Override
    public void close() {
        watch.shutdownNow();
        port.close();
    }
}
