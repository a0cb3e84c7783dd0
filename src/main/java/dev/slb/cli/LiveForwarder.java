package dev.slb.cli;

import dev.slb.delivery.AdminClient;
import dev.slb.distribution.LogException;
import dev.slb.plan.ForwarderStats;

import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.ExecutionException;

/** The counts of a forwarder that runs, from its admin port. */
final class LiveForwarder {

    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final AdminClient client =
            new AdminClient(HttpClient.newBuilder().connectTimeout(TIMEOUT).build());
    private final URI stats;

    /** @throws IllegalArgumentException when it is not an HTTP address */
    LiveForwarder(URI admin) {
        if (admin.getHost() == null || !"http".equals(admin.getScheme()) && !"https".equals(admin.getScheme())) {
            throw new IllegalArgumentException("'" + admin + "' is not an address like http://127.0.0.1:9090");
        }
        stats = admin.resolve("/stats");
    }

    /** @throws LogException when it can't be reached or does not answer as a forwarder does */
    ForwarderStats read() throws LogException, InterruptedException {
        try {
            ForwarderStats read =
                    client.get(stats, ForwarderStats.class, TIMEOUT).get();
            if (read.servers() == null) {
                throw new LogException(stats + ": is not a forwarder");
            }
            return read;
        } catch (ExecutionException e) {
            throw new LogException(stats + ": " + AdminClient.why(e.getCause()));
        }
    }
}
