package dev.slb.operator;

import com.sun.net.httpserver.HttpServer;
import dev.slb.base.Threads;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * {@code /healthz} and {@code /readyz} of the operator: it gets on, and it can be asked for the plan. Neither depends on the lease or
 * on the API server: without them it does what it can, and a restart would mend nothing.
 */
final class HealthEndpoint implements AutoCloseable {

    private static final int THREADS = 16;

    static {
        // Seconds. Whoever connects and says nothing must not keep the kubelet from asking.
        if (System.getProperty("sun.net.httpserver.maxReqTime") == null) {
            System.setProperty("sun.net.httpserver.maxReqTime", "2");
        }
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS, Threads.numbered("health"));

    /**
     * @param problem why the process does not get on, empty when it does
     * @throws IOException when the address can't be bound
     */
    HealthEndpoint(InetSocketAddress address, Supplier<Optional<String>> problem) throws IOException {
        server = bind(address);
        server.setExecutor(threads);
        for (String path : new String[] {"/healthz", "/readyz"}) {
            server.createContext(path, exchange -> {
                Optional<String> found = problem.get();
                byte[] body = (found.orElse("ok") + "\n").getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(found.isEmpty() ? 200 : 503, body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            });
        }
        server.start();
    }

    private static HttpServer bind(InetSocketAddress address) throws IOException {
        try {
            return HttpServer.create(address, 0);
        } catch (IOException e) {
            throw new IOException("health port " + address + ": " + e.getMessage(), e);
        }
    }

    /** Answers {@code /metrics} too. */
    HealthEndpoint serve(OperatorMetrics metrics) {
        server.createContext("/metrics", exchange -> {
            byte[] body = metrics.scrape().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", OperatorMetrics.CONTENT_TYPE);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        return this;
    }

    InetSocketAddress address() {
        return server.getAddress();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
