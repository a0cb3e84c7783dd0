package dev.slb.delivery;

import dev.slb.control.Backoff;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.PlanJson;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Follows the report of one forwarder by long polling its admin port, and tries again for ever. Uses no thread of its own.
 */
public final class ReportClient implements AutoCloseable {

    /** Hears of one forwarder, on some thread of the HTTP client, one call at a time. */
    public interface Listener {
        void report(ForwarderReport report);

        /** It does not answer; called for each failed try. */
        void unreachable(String why);
    }

    private static final Logger log = LoggerFactory.getLogger(ReportClient.class);

    private static final int OK = 200;

    /** Least time between two polls: a report that changes all the time is not worth more. */
    private static final long PAUSE_MILLIS = 100;

    private final HttpClient http;
    private final URI report;
    private final Duration patience;
    private final Listener listener;
    private final Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));

    private volatile boolean closed;
    private volatile CompletableFuture<?> request;

    /**
     * @param http shared by all clients of a process
     * @param admin base address of the forwarder's admin port, such as {@code http://10.0.0.7:9080}
     * @param patience how long one poll may take; longer than the forwarder holds it
     */
    public ReportClient(HttpClient http, URI admin, Duration patience, Listener listener) {
        this.http = http;
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
        URI uri = revision == null ? report : URI.create(report + "?after=" + revision);
        HttpRequest get = HttpRequest.newBuilder(uri).timeout(patience).build();
        request = http.sendAsync(get, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8))
                .thenApply(ReportClient::read)
                .whenComplete((taken, failure) -> {
                    if (closed) {
                        return;
                    }
                    if (failure == null) {
                        backoff.reset();
                        tell(() -> listener.report(taken));
                        pollAfter(PAUSE_MILLIS, taken.revision());
                    } else {
                        pollLater(failure instanceof CompletionException ? failure.getCause() : failure);
                    }
                });
    }

    private static ForwarderReport read(HttpResponse<String> response) {
        if (response.statusCode() != OK) {
            throw new CompletionException(new IOException("answered " + response.statusCode()));
        }
        return PlanJson.read(response.body(), ForwarderReport.class);
    }

    private void pollLater(Throwable failure) {
        if (backoff.failures() == 0) {
            log.warn("no report from {}, trying again: {}", report, failure.toString());
        }
        tell(() -> listener.unreachable(failure.toString()));
        // The forwarder may have started anew, with other revisions.
        pollAfter(backoff.nextMillis(), null);
    }

    private void pollAfter(long millis, Long revision) {
        Executor later = CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS);
        later.execute(() -> poll(revision));
    }

    /** A listener that fails must not end the polling. */
    private void tell(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            log.error("what {} says could not be used", report, e);
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
