package dev.slb.operator;

import dev.slb.admin.AdminCounts;
import dev.slb.control.PlanStore;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.PlanJson;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.Sockets;
import dev.slb.translate.status.IndexedReport;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;

@Sockets
class OperatorMetricsTest {

    private static final Pattern DOCUMENTED = Pattern.compile("(?m)^\\| `(slb_operator_[a-z_]+)` \\|");

    private final PlanStore store = new PlanStore();
    private final LongAdder looks = new LongAdder();
    private final GroupPlan group = GroupPlanBuilder.group("web").build();

    private static IndexedReport report(String forwarder, GroupPlan serving) {
        TreeMap<dev.slb.plan.DocumentId, DocumentState> documents = new TreeMap<>();
        documents.put(serving.id(), new DocumentState(PlanJson.version(serving), null, null));
        return new IndexedReport(new ForwarderReport(forwarder, 1, true, documents, List.of()));
    }

    private String scrape() throws IOException, InterruptedException {
        GroupPlan other = GroupPlanBuilder.group("web").server("a", 80, 1).build();
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        new Measures(registry, () -> true, System::nanoTime);
        AdminCounts counts = new AdminCounts();
        OperatorMetrics metrics = new OperatorMetrics(
                registry,
                new ApiErrors(),
                Map.of("status", () -> 5),
                store,
                looks,
                3,
                () -> true,
                Map.of("Listener", () -> true, "Pod", () -> false),
                () -> List.of(report("a", group), report("b", other)),
                counts);
        try (HealthEndpoint endpoint = new HealthEndpoint(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                limit -> Optional.empty(),
                metrics::scrape,
                counts)) {
            URI uri = URI.create("http://127.0.0.1:" + endpoint.address().getPort() + "/metrics");
            return HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    @Test
    void saysWhatItDidAndWhoServesIt() throws Exception {
        store.publish(group);
        looks.add(7);

        assertThat(scrape().lines())
                .contains(
                        "slb_operator_reconciliations_total 7.0",
                        "slb_operator_restarts_total 3.0",
                        "slb_operator_queue_objects{queue=\"status\"} 5.0",
                        "slb_operator_api_errors_total{code=\"none\"} 0.0",
                        "slb_operator_elected 1.0",
                        "slb_operator_watching{kind=\"Listener\"} 1.0",
                        "slb_operator_watching{kind=\"Pod\"} 0.0",
                        "slb_operator_plan_synced 0.0",
                        "slb_operator_plan_documents 1.0",
                        "slb_operator_forwarders_reporting 2.0",
                        "slb_operator_forwarders_programmed 1.0");
    }

    @Test
    void everyMetricIsDocumentedAndEveryDocumentedOneExists() throws Exception {
        Set<String> documented = DOCUMENTED
                .matcher(Files.readString(Path.of("docs/metrics.md")))
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));

        Set<String> real = scrape().lines()
                .filter(line -> line.startsWith("slb_"))
                .map(line -> line.split("[ {]")[0].replaceFirst("_seconds_(bucket|count|sum|max)$", "_seconds"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(documented).isEqualTo(real);
    }
}
