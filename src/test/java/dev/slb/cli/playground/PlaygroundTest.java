package dev.slb.cli.playground;

import dev.slb.cli.local.View.ServerView;
import dev.slb.forwarder.ForwarderOptions;
import dev.slb.plan.Health;
import dev.slb.testing.Loopback;
import dev.slb.testing.Sockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** The quickstart, with its listeners on ports that are free, and its pods in a loopback network of this test. */
@Sockets
class PlaygroundTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Path QUICKSTART = Path.of("deploy", "examples", "quickstart");

    @TempDir
    private Path folder;

    private final Map<Integer, Integer> ports = new HashMap<>();
    private Playground playground;

    @BeforeEach
    void start() throws IOException {
        for (int port = 8080; port <= 8083; port++) {
            ports.put(port, Loopback.freePort());
        }
        for (String file : List.of("loadbalancer.yaml", "servers.yaml")) {
            write(file, Files.readString(QUICKSTART.resolve(file)));
        }
        ThreadLocalRandom random = ThreadLocalRandom.current();
        InetAddress firstPod =
                InetAddress.getByName("127." + random.nextInt(10, 250) + "." + random.nextInt(1, 250) + ".1");
        playground = Playground.start(
                List.of(folder),
                firstPod,
                ForwarderOptions.named("playground").bindTo(Loopback.ADDRESS).withEventLoops(1));
    }

    @AfterEach
    void stop() {
        playground.close();
    }

    @Test
    void servesTheQuickstartByWeightRuleAndRole() {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(health()).doesNotContainValue(Health.UNAVAILABLE));

        assertThat(playground.findings()).isEmpty();
        assertThat(playground.podProblems()).isEmpty();
        assertThat(answers(8080, "/", 30)).isEqualTo(Map.of("a", 20L, "b", 10L));
        assertThat(answers(8081, "/", 30)).isEqualTo(Map.of("a", 20L, "b", 10L));
        assertThat(answers(8083, "/", 30)).isEqualTo(Map.of("a", 10L, "b", 10L, "c", 10L));
        assertThat(answer(8080, "/static/logo.png", "any")).isEqualTo("static");
        assertThat(answer(8080, "/", "canary.example.com")).isEqualTo("canary");
        assertThat(answer(8082, "/", "any")).isEqualTo("master");
    }

    @Test
    void theSlaveTakesOverUnprobedAndTheMasterComesBack() throws IOException {
        String usual = Files.readString(folder.resolve("loadbalancer.yaml"));
        String toPair = "serverGroupRef: {kind: MasterSlaveGroup, name: pair}\n";
        assertThat(usual).contains(toPair);
        write(
                "loadbalancer.yaml",
                usual.replace(
                        toPair,
                        toPair + "  healthCheck: {intervalSeconds: 1, healthyThreshold: 2, unhealthyThreshold: 2}\n"));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(answer(8082, "/", "any")).isEqualTo("master"));

        assertThat(playground.command("fail master")).isEqualTo("master refuse");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(answer(8082, "/", "any")).isEqualTo("slave"));
        assertThat(playground.pod("slave").orElseThrow().stats().tcpProbes()).isZero();

        assertThat(playground.command("recover master")).isEqualTo("master serving");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(answer(8082, "/", "any")).isEqualTo("master"));
    }

    @Test
    void aPodThatIsNotReadyLeavesAtOnceAndComesBack() {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(answers(8080, "/", 3)).containsKeys("a", "b"));

        playground.command("unready a");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(answers(8080, "/", 3)).containsOnlyKeys("b"));

        playground.command("recover a");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(answers(8080, "/", 3)).containsKeys("a", "b"));
    }

    @Test
    void editsAreFollowedAndBrokenOnesNamed() throws IOException {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(answers(8080, "/", 3)).containsKeys("a", "b"));
        String good = Files.readString(folder.resolve("loadbalancer.yaml"));

        write("loadbalancer.yaml", good.replace("weight: 100", "weight: 1").replace("weight: 50", "weight: 0"));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(answers(8080, "/", 3)).containsOnlyKeys("a"));

        write("loadbalancer.yaml", good.replace("weight: 100", "weight: 101"));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(playground.findings())
                        .anySatisfy(finding ->
                                assertThat(finding.toString()).contains("VServerGroup default/web: spec.servers")));
        assertThat(answers(8080, "/", 3)).as("the last good version stays").containsOnlyKeys("a");

        write(
                "servers.yaml",
                Files.readString(folder.resolve("servers.yaml")).replace("name: canary\n", "name: bird\n"));
        write("loadbalancer.yaml", good);
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(answer(8080, "/", "canary.example.com")).isEqualTo("bird"));
    }

    @Test
    void saysWhatItCanNotDo() {
        assertThat(playground.command("fail nobody")).isEqualTo("there is no pod nobody");
        assertThat(playground.command("paint a")).isEqualTo("not a command: paint");
        assertThat(playground.command("fail a loudly")).isEqualTo("no such state: loudly");
        assertThat(playground.command("")).startsWith("type: fail POD");
    }

    private Map<String, Health> health() {
        return playground.view().listeners().stream()
                .flatMap(listener -> listener.routes().stream()
                        .flatMap(route -> route.servers().stream()
                                .map(server -> Map.entry(listener.id() + route.match() + server.name(), server))))
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> ((ServerView) entry.getValue()).health()));
    }

    private void write(String file, String text) throws IOException {
        String changed = text;
        for (Map.Entry<Integer, Integer> port : ports.entrySet()) {
            changed = changed.replace("port: " + port.getKey() + "\n", "port: " + port.getValue() + "\n");
        }
        Files.writeString(folder.resolve(file), changed);
    }

    private Map<String, Long> answers(int port, String path, int count) {
        Map<String, Long> answers = new HashMap<>();
        for (int i = 0; i < count; i++) {
            answers.merge(answer(port, path, "any"), 1L, Long::sum);
        }
        return answers;
    }

    /** The name of the server that answered, one connection per request; a text that is no name when it failed. */
    private String answer(int port, String path, String host) {
        try (Socket socket = Loopback.connect(ports.get(port))) {
            String request = "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int body = answer.indexOf("\r\n\r\n");
            return body < 0
                    ? "no answer"
                    : answer.substring(body + 4).lines().findFirst().orElse("no body");
        } catch (IOException e) {
            return e.toString();
        }
    }
}
