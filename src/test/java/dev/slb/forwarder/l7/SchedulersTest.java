package dev.slb.forwarder.l7;

import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.SchedulerType;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpServer;
import dev.slb.testing.RunningForwarder;
import dev.slb.testing.Sockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** Who gets a request, with many event loops and by how many requests run. */
@Sockets
class SchedulersTest {

    private HttpEdge edge;

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    @ParameterizedTest
    @EnumSource(value = TransportKind.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
    void fourEventLoopsTogetherKeepTheWeights(TransportKind transport) throws Exception {
        edge = HttpEdge.start(transport, 4);
        edge.forwarder()
                .serve(GroupPlanBuilder.group("web")
                        .server("a", edge.server("a").port(), 100)
                        .server("b", edge.server("b").port(), 50)
                        .server("c", edge.server("c").port(), 25)
                        .build());
        edge.serve(listener -> {});
        int requests = 10_000;
        CompletableFuture<?>[] clients = IntStream.range(0, 8)
                .mapToObj(i -> CompletableFuture.runAsync(() -> requests(requests / 8)))
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(clients).get(60, TimeUnit.SECONDS);

        Map<String, Integer> weights = Map.of("a", 100, "b", 50, "c", 25);
        RunningForwarder forwarder = edge.forwarder();
        weights.forEach((name, weight) -> assertThat((double) forwarder.picks(edge.listener(), name))
                .as(name)
                .isCloseTo(requests * weight / 175.0, within(requests * weight / 175.0 / 100)));
    }

    private void requests(int count) {
        try (HttpClientSocket client = HttpClientSocket.connect(edge.port())) {
            for (int i = 0; i < count; i++) {
                assertThat(client.get("/").status()).isEqualTo(200);
            }
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void leastConnectionsCountsRunningRequests() throws Exception {
        edge = HttpEdge.start(TransportKind.AUTO);
        CountDownLatch slow = new CountDownLatch(1);
        HttpServer.Answer slowly = request -> {
            try {
                slow.await(30, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new java.io.IOException(e);
            }
            return HttpServer.ok("a");
        };
        edge.forwarder()
                .serve(GroupPlanBuilder.group("web")
                        .server("a", edge.server(slowly).port(), 100)
                        .server("b", edge.server("b").port(), 50)
                        .build());
        edge.serve(listener -> listener.scheduler(SchedulerType.WLC));

        HttpClientSocket first = edge.client().send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
        await(() -> edge.forwarder().picks(edge.listener(), "a") == 1);
        HttpClientSocket second = edge.client().send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
        await(() ->
                edge.forwarder().picks(edge.listener(), "a") == 2); // 2/100 is as much as 1/50, the higher weight wins
        Map<String, Integer> answers = new TreeMap<>();
        HttpClientSocket client = edge.client();
        for (int i = 0; i < 20; i++) {
            answers.merge(client.get("/").text(), 1, Integer::sum);
        }
        assertThat(answers).isEqualTo(Map.of("b", 20));

        slow.countDown();
        assertThat(first.read().text()).isEqualTo("a");
        assertThat(second.read().text()).isEqualTo("a");
        // Idle again, it spreads by weight.
        answers.clear();
        for (int i = 0; i < 30; i++) {
            answers.merge(client.get("/").text(), 1, Integer::sum);
        }
        assertThat(answers).isEqualTo(Map.of("a", 20, "b", 10));
    }
}
