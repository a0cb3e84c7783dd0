package dev.slb.forwarder.l7;

import dev.slb.forwarder.transport.TransportKind;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.Sockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.TreeMap;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Requests follow the weights, whatever connections they come over. */
@Sockets
class WeightedRequestsTest {

    private HttpEdge edge;

    @BeforeEach
    void start() {
        edge = HttpEdge.start(TransportKind.AUTO);
        edge.forwarder()
                .serve(GroupPlanBuilder.group("web")
                        .server("a", edge.server("a").port(), 100)
                        .server("b", edge.server("b").port(), 50)
                        .server("c", edge.server("c").port(), 0)
                        .build());
        edge.serve(listener -> {});
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    private void assertExact(Map<String, Integer> answers) {
        assertThat(answers).containsExactlyInAnyOrderEntriesOf(Map.of("a", 1000, "b", 500));
        assertThat(edge.forwarder().picks(edge.listener(), "a")).isEqualTo(1000);
        assertThat(edge.forwarder().picks(edge.listener(), "b")).isEqualTo(500);
        assertThat(edge.forwarder().picks(edge.listener(), "c")).isZero();
        assertThat(edge.forwarder()
                        .forwarder()
                        .stats()
                        .listeners()
                        .get(edge.listener().id())
                        .requests())
                .isEqualTo(1500);
    }

    @Test
    void overConnectionsThatAreKept() throws Exception {
        HttpClientSocket[] clients = new HttpClientSocket[8];
        for (int i = 0; i < clients.length; i++) {
            clients[i] = edge.client();
        }
        Map<String, Integer> answers = new TreeMap<>();
        for (int i = 0; i < 1500; i++) {
            answers.merge(clients[i % clients.length].get("/").text(), 1, Integer::sum);
        }
        assertExact(answers);
    }

    @Test
    void overNewConnections() throws Exception {
        Map<String, Integer> answers = new TreeMap<>();
        for (int i = 0; i < 1500; i++) {
            try (HttpClientSocket client = HttpClientSocket.connect(edge.port())) {
                answers.merge(client.get("/").text(), 1, Integer::sum);
            }
        }
        assertExact(answers);
        await(() -> edge.forwarder().activeConnections(edge.listener()) == 0);
    }

    @Test
    void requestsOfAServerThatFinishedAreNotActive() throws Exception {
        try (HttpClientSocket client = HttpClientSocket.connect(edge.port())) {
            for (int i = 0; i < 10; i++) {
                client.get("/");
            }
            await(() -> edge.forwarder().forwarder().stats().servers().stream().allMatch(each -> each.active() == 0));
        }
    }
}
