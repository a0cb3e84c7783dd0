package dev.slb.distribution;

import dev.slb.plan.ForwarderStats;
import dev.slb.plan.PlanJson;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** The counts of a forwarder that runs, from its admin port. */
public final class LiveForwarder {

    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    private final URI stats;

    /** @throws IllegalArgumentException when it is not an HTTP address */
    public LiveForwarder(URI admin) {
        if (admin.getHost() == null || !"http".equals(admin.getScheme()) && !"https".equals(admin.getScheme())) {
            throw new IllegalArgumentException("'" + admin + "' is not an address like http://127.0.0.1:9090");
        }
        stats = admin.resolve("/stats");
    }

    /** @throws LogException when it can't be reached or does not answer as a forwarder does */
    public ForwarderStats read() throws LogException, InterruptedException {
        try {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(stats).timeout(TIMEOUT).build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new LogException(stats + ": answered " + answer.statusCode());
            }
            ForwarderStats read = PlanJson.read(answer.body(), ForwarderStats.class);
            if (read.servers() == null) {
                throw new LogException(stats + ": is not a forwarder");
            }
            return read;
        } catch (IOException e) {
            throw new LogException(stats + ": " + (e.getMessage() == null ? e.toString() : e.getMessage()));
        } catch (IllegalArgumentException e) {
            throw new LogException(stats + ": " + e.getMessage());
        }
    }
}
