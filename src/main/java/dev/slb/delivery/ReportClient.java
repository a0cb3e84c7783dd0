package dev.slb.delivery;

import dev.slb.control.Backoff;
import dev.slb.forwarder.transport.Faults;
import dev.slb.forwarder.transport.PacedLog;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ReportAnswer;
import dev.slb.plan.ReportChanges;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Follows the report of one forwarder by long polling its admin port for what has changed, and tries again for ever, whatever it answers. Uses no thread
 * of its own.
 */
public final class ReportClient implements AutoCloseable {

    /** Hears of one forwarder, on some thread of the HTTP client, one call at a time. */
    public interface Listener {
        /** All of it: the first, and when it is not known what has changed since the last. */
        void report(ForwarderReport report);

        /** What has changed since the report, or the changes, of the last call. */
        void changes(ReportChanges changes);

        /** It does not answer; called for each failed try. */
        void unreachable(String why);
    }

    private static final Logger LOG = LoggerFactory.getLogger(ReportClient.class);

    /** Least time between two polls: a report that changes all the time is not worth more. */
    private static final long PAUSE_MILLIS = 100;

    /** Without a revision that is known, a forwarder answers at once. */
    private static final Duration AT_ONCE = Duration.ofSeconds(10);

    /** A forwarder that fails now and then must not fill the log. */
    private static final Duration BETWEEN_WARNINGS = Duration.ofMinutes(1);

    private final PacedLog said = new PacedLog(LOG, 1);
    private final AdminClient client;
    private final URI report;
    private final Duration patience;
    private final Listener listener;
    private final Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));
    private Long warned;
    private volatile boolean closed;
    private volatile CompletableFuture<?> request;

    /**
     * @param http shared by all clients of a process
     * @param admin base address of the forwarder's admin port, such as {@code http://10.0.0.7:9080}
     * @param patience how long one poll may take to the last byte of its answer; longer than the forwarder holds it
     */
    public ReportClient(HttpClient http, URI admin, Duration patience, Listener listener) {
        this.client = new AdminClient(http);
        this.report = admin.resolve("/report");
        this.patience = patience;
        this.listener = listener;
    }

    public ReportClient start() {
        poll(null);
        return this;
    }

    /** @param revision of the report that is known, null for none */
    private void poll(Long revision) {
        if (closed) {
            return;
        }
        CompletableFuture<ReportAnswer> asked = ask(revision);
        request = asked;
        if (closed) {
            asked.cancel(true);
        }
        asked.whenComplete((taken, failure) -> {
            if (closed) {
                return;
            }
            if (failure == null) {
                backoff.reset();
                take(taken, revision);
            } else {
                pollLater(AdminClient.why(failure));
            }
        });
    }

    private void take(ReportAnswer answer, Long known) {
        boolean taken;
        if (answer instanceof ReportChanges changes) {
            taken = known != null && changes.since() == known && tell(() -> listener.changes(changes));
        } else {
            taken = tell(() -> listener.report((ForwarderReport) answer));
        }
        // What was not taken as a whole is asked for as a whole.
        pollAfter(PAUSE_MILLIS, taken ? answer.revision() : null);
    }

    private CompletableFuture<ReportAnswer> ask(Long revision) {
        boolean held = revision != null;
        try {
            return client.get(
                    held ? URI.create(report + "?changes=true&after=" + revision) : report,
                    ReportAnswer.class,
                    held || patience.compareTo(AT_ONCE) < 0 ? patience : AT_ONCE);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void pollLater(String why) {
        long now = System.nanoTime();
        if (backoff.failures() == 0 && (warned == null || now - warned > BETWEEN_WARNINGS.toNanos())) {
            LOG.warn("no report from {}, trying again: {}", report, why);
            warned = now;
        }
        tell(() -> listener.unreachable(why));
        // The forwarder may have started anew, with other revisions.
        pollAfter(backoff.nextMillis(), null);
    }

    private void pollAfter(long millis, Long revision) {
        Executor later = CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS);
        later.execute(() -> poll(revision));
    }

    /** A listener that fails must not end the polling: errors too, for nobody would hear of them. */
    private boolean tell(Runnable call) {
        try {
            call.run();
            return true;
        } catch (Throwable e) {
            said.error("what {} says could not be used: {}", report, Faults.summary(e));
            LOG.debug("what {} says could not be used", report, e);
            return false;
        }
    }

    @Override
    public void close() {
        closed = true;
        CompletableFuture<?> running = request;
        if (running != null) {
            running.cancel(true);
        }
    }
}
