package dev.slb.operator;

import dev.slb.admin.AdminAnswer;
import dev.slb.admin.AdminCounts;
import dev.slb.admin.AdminLimits;
import dev.slb.admin.AdminPort;
import dev.slb.admin.AdminRoutes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * {@code /healthz} and {@code /readyz} of the operator: it gets on, and it can be asked for the plan. Neither depends on the lease or
 * on the API server: without them it does what it can, and a restart would mend nothing. And {@code /metrics}.
 */
final class HealthEndpoint implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(HealthEndpoint.class);

    private static final Duration NOT_READY = Duration.ofSeconds(5);
    private static final Duration NOT_ALIVE = Duration.ofSeconds(60);

    private final AtomicBoolean told = new AtomicBoolean();
    private final AdminPort port;

    /**
     * @param problem why the process has not got on for longer than this, empty when it has; at once
     * @param metrics what {@code /metrics} says
     * @param counts is written to
     * @throws IOException when the address can't be bound
     */
    HealthEndpoint(
            InetSocketAddress address,
            Function<Duration, Optional<String>> problem,
            Supplier<String> metrics,
            AdminCounts counts)
            throws IOException {
        AdminRoutes routes = new AdminRoutes()
                .probe("/healthz", () -> problem.apply(NOT_ALIVE))
                .probe("/readyz", () -> problem.apply(NOT_READY))
                .metrics(
                        "/metrics",
                        request -> false,
                        detailed -> AdminAnswer.document(OperatorMetrics.CONTENT_TYPE, metrics.get()));
        try {
            port = AdminPort.open(address, routes, AdminLimits.DEFAULT, counts, this::tell);
        } catch (IOException e) {
            throw new IOException("health port " + e.getMessage(), e);
        }
    }

    /** Once: whoever asks could bring it about again and again. */
    private void tell(String what, Throwable fault) {
        if (told.compareAndSet(false, true)) {
            log.error("a fault in {}, said once", what, fault);
        }
    }

    InetSocketAddress address() {
        return port.address();
    }

    @Override
    public void close() {
        port.close();
    }
}
