package dev.slb.operator;

import dev.slb.api.Listener;
import dev.slb.api.LoadBalancer;
import dev.slb.api.VServerGroup;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** What an operator says of the time that its work takes, of what waits, and of the API server. */
class OperatorMeasuresTest extends OperatorTestBase {

    /** Of all replicas together; 0 where none says it. */
    private double sum(String series) throws IOException, InterruptedException {
        double sum = 0;
        for (TestReplica replica : replicas) {
            URI uri = URI.create("http://" + replica.address() + ":"
                    + replica.operator().healthAddress().getPort() + "/metrics");
            String text = HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
            sum += text.lines()
                    .filter(line -> line.startsWith(series + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                    .sum();
        }
        return sum;
    }

    private void awaitSum(String series, double atLeast) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(sum(series)).as(series).isGreaterThanOrEqualTo(atLeast));
    }

    private void startShop() {
        startAll();
        createShop();
        awaitReady(Listener.class, "tcp");
        awaitReady(VServerGroup.class, "web");
        awaitReady(LoadBalancer.class, "shop");
    }

    @Test
    void anEditIsMeasuredFromWhereItIsSeenToWhereForwardersServeIt() throws Exception {
        startShop();
        String programmed = "slb_operator_edit_to_programmed_seconds_count{kind=\"VServerGroup\"}";
        double before = sum(programmed);

        moveWeb(two.port());

        awaitSum(programmed, before + 1);
        assertThat(sum("slb_operator_edit_to_programmed_seconds_sum{kind=\"VServerGroup\"}"))
                .isBetween(0.0001, PATIENCE.toSeconds() * (before + 1));
        assertThat(sum("slb_operator_edit_to_programmed_seconds_bucket{kind=\"VServerGroup\",le=\"+Inf\"}"))
                .isEqualTo(before + 1);
    }

    @Test
    void whatIsTranslatedIsMeasuredByKindAndNothingWaitsInTheEnd() throws Exception {
        startShop();

        for (String kind : List.of("LoadBalancer", "Listener", "VServerGroup")) {
            awaitSum("slb_operator_translate_seconds_count{kind=\"" + kind + "\"}", 1);
            awaitSum("slb_operator_reconcile_seconds_count{kind=\"" + kind + "\"}", 1);
        }
        for (String queue : List.of("translation", "status", "children")) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(sum("slb_operator_queue_objects{queue=\"" + queue + "\"}"))
                            .as(queue)
                            .isZero());
        }
    }

    @Test
    void whatTheApiServerRefusesIsCountedByItsAnswer() throws Exception {
        api.forbid("/listeners");
        startAll();

        awaitSum("slb_operator_api_errors_total{code=\"403\"}", 1);
    }
}
