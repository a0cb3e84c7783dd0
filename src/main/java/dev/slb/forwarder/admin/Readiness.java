package dev.slb.forwarder.admin;

import dev.slb.forwarder.Forwarder;
import dev.slb.plan.ForwarderReport;

import java.util.function.BooleanSupplier;

/** Whether traffic may be sent to a forwarder. Asked by one thread. */
final class Readiness {

    private final Forwarder forwarder;
    private final BooleanSupplier loaded;
    private boolean reached;

    Readiness(Forwarder forwarder, BooleanSupplier loaded) {
        this.forwarder = forwarder;
        this.loaded = loaded;
    }

    /** Null when it is ready, else what is missing. */
    String missing() {
        if (forwarder.isDraining()) {
            return "draining";
        }
        if (!reached) {
            ForwarderReport report = forwarder.report();
            if (!report.synced() && !loaded.getAsBoolean()) {
                return "no delivery yet";
            }
            boolean settled = report.documents().values().stream()
                    .allMatch(state -> state.serving() != null || state.message() != null);
            if (!settled || (!report.synced() && report.documents().isEmpty())) {
                return "binding ports";
            }
            reached = true;
        }
        return null;
    }
}
