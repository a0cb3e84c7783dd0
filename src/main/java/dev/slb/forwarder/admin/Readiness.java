package dev.slb.forwarder.admin;

import dev.slb.forwarder.Forwarder;
import dev.slb.plan.ForwarderReport;

import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Whether traffic may be sent to a forwarder. */
final class Readiness {

    private final Forwarder forwarder;
    private final BooleanSupplier loaded;
    private volatile String missing = "no delivery yet";
    private boolean reached;

    Readiness(Forwarder forwarder, BooleanSupplier loaded) {
        this.forwarder = forwarder;
        this.loaded = loaded;
    }

    /** Looks at the report, which may take its time, until it is ready. Called now and then, by one thread. */
    void look() {
        if (!reached) {
            missing = find();
            reached = missing == null;
        }
    }

    private String find() {
        ForwarderReport report = forwarder.report();
        if (!report.synced() && !loaded.getAsBoolean()) {
            return "no delivery yet";
        }
        boolean settled = report.documents().values().stream()
                .allMatch(state -> state.serving() != null || state.message() != null);
        return settled && (report.synced() || !report.documents().isEmpty()) ? null : "binding ports";
    }

    /** What was missing when it looked last, empty when it is ready. Any thread, at once. */
    Optional<String> problem() {
        return forwarder.isDraining() ? Optional.of("draining") : Optional.ofNullable(missing);
    }
}
