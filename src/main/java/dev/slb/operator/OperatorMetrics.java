package dev.slb.operator;

import dev.slb.admin.AdminCounts;
import dev.slb.admin.AdminRefusal;
import dev.slb.control.PlanStore;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.PlanDocument;
import dev.slb.translate.status.IndexedReport;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** What {@code /metrics} of an operator says, in the text format of Prometheus; gathered when it is asked for. */
final class OperatorMetrics {

    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final PrometheusMeterRegistry registry;
    private final ApiErrors apiErrors;
    private final PlanStore store;
    private final Supplier<List<IndexedReport>> reports;

    /**
     * @param registry where others register what they measure
     * @param queues objects that wait, by what for
     * @param looks counts objects whose meaning was found out
     * @param restarts how often the operator was started again in its container
     * @param watches kinds of objects, and whether they are all known and followed now
     * @param reports the latest of each ready forwarder that answers
     * @param admin of the port that serves this
     */
    OperatorMetrics(
            PrometheusMeterRegistry registry,
            ApiErrors apiErrors,
            Map<String, Supplier<Number>> queues,
            PlanStore store,
            LongAdder looks,
            int restarts,
            BooleanSupplier elected,
            Map<String, BooleanSupplier> watches,
            Supplier<List<IndexedReport>> reports,
            AdminCounts admin) {
        this.registry = registry;
        this.apiErrors = apiErrors;
        this.store = store;
        this.reports = reports;
        FunctionCounter.builder("slb.operator.reconciliations", looks, LongAdder::sum)
                .description("Objects that were translated")
                .register(registry);
        FunctionCounter.builder("slb.operator.restarts", this, metrics -> restarts)
                .description("Times that the operator was started again in its container")
                .register(registry);
        queues.forEach((queue, size) -> Gauge.builder("slb.operator.queue.objects", size)
                .description("Objects that wait")
                .tag("queue", queue)
                .register(registry));
        gauge(
                "slb.operator.elected",
                "1: this replica writes statuses and children",
                () -> elected.getAsBoolean() ? 1 : 0);
        watches.forEach(
                (kind, watching) -> Gauge.builder("slb.operator.watching", () -> watching.getAsBoolean() ? 1 : 0)
                        .description("1: all objects of the kind are known and followed; 0: what changes is not seen")
                        .tag("kind", kind)
                        .register(registry));
        gauge(
                "slb.operator.plan.synced",
                "1: everything that the cluster has is translated",
                () -> store.isSynced() ? 1 : 0);
        gauge(
                "slb.operator.plan.documents",
                "Plan documents",
                () -> store.documents().size());
        gauge(
                "slb.operator.forwarders.reporting",
                "Ready forwarders that answer",
                () -> reports.get().size());
        gauge("slb.operator.forwarders.programmed", "Those that serve the plan as it is", this::programmed);
        gauge("slb.operator.admin.connections", "Connections to the health port open now", admin::connections);
        for (AdminRefusal why : AdminRefusal.values()) {
            FunctionCounter.builder("slb.operator.admin.refused", admin, counts -> counts.refusals(why))
                    .description("Connections and requests that the health port ended or did not serve")
                    .tag("reason", why.reason())
                    .register(registry);
        }
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
    }

    private void gauge(String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).register(registry);
    }

    private int programmed() {
        Map<DocumentId, String> versions = new HashMap<>();
        for (PlanDocument document : store.documents()) {
            store.version(document.id()).ifPresent(version -> versions.put(document.id(), version));
        }
        return (int) reports.get().stream()
                .filter(report -> versions.entrySet().stream().allMatch(each -> {
                    DocumentState state = report.document(each.getKey());
                    return state != null && each.getValue().equals(state.serving());
                }))
                .count();
    }

    String scrape() {
        // Registering again what is there changes nothing.
        apiErrors
                .counts()
                .forEach((code, count) -> FunctionCounter.builder("slb.operator.api.errors", count, LongAdder::sum)
                        .description("Requests to the API server that came to nothing")
                        .tag("code", code)
                        .register(registry));
        return registry.scrape();
    }
}
