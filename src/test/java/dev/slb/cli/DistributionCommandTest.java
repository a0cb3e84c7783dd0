package dev.slb.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderStats;
import dev.slb.plan.PlanJson;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

@Sockets
class DistributionCommandTest {

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void trafficByTheWeightsEndsWithZero() throws IOException {
        Path log = log(50);

        assertThat(run("--weights", "10.1.0.1:80=1,10.1.0.2:80=1", log.toString()))
                .isZero();
        assertThat(out.toString())
                .contains(": 1000 lines, json", "shop/shop:80: 1000 requests, 1000 clients")
                .contains("Follows the weights")
                .containsPattern("10\\.1\\.0\\.1:80 +1 +50\\.0 % +500 +50\\.0 % +\\+0\\.0");
    }

    @Test
    void otherTrafficEndsWithOneAndItsCause() throws IOException {
        Path log = log(70);

        assertThat(run("--weights", "10.1.0.1:80=1,10.1.0.2:80=1", log.toString()))
                .isOne();
        assertThat(out.toString())
                .contains("Does not follow the weights", "chi-squared 160.0, 1 degree of freedom", "level 0.01")
                .contains("Likely cause: weights are not what they are taken for", "70 : 30");
    }

    @Test
    void machinesGetJson() throws IOException {
        assertThat(run("-o", "json", log(70).toString())).isOne();

        JsonNode group = PlanJson.mapper().readTree(out.toString()).at("/groups/0");
        assertThat(group.path("verdict").asText()).isEqualTo("DIFFERS");
        assertThat(group.at("/test/pValue").asDouble()).isLessThan(0.01);
        assertThat(group.at("/servers/0/count").asLong()).isEqualTo(700);
        assertThat(group.at("/causes/0/kind").asText()).isEqualTo("UNEQUAL_WEIGHTS");
        assertThat(group.path("warnings").toString()).contains("equal ones are assumed");
    }

    @Test
    void weightsComeFromManifests() throws IOException {
        Path manifest = folder.resolve("web.yaml");
        Files.writeString(manifest, """
                kind: VServerGroup
                metadata: {name: web, namespace: shop}
                spec: {servers: [{name: a, address: 10.1.0.1, port: 80, weight: 70}, {name: b, address: 10.1.0.2, port: 80, weight: 30}]}
                """);

        assertThat(run("-f", folder.toString(), log(70).toString())).isZero();
    }

    @Test
    void logsOfTheServersAreNamedByHand() throws IOException {
        Path a = folder.resolve("one");
        Path b = folder.resolve("two");
        String line = "198.51.100.7 - - [23/Nov/2026:18:07:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"-\"\n";
        Files.writeString(a, line.repeat(100));
        Files.writeString(b, line.repeat(50));

        assertThat(run("--weights", "a=100,b=50", "a=" + a, "b=" + b)).isZero();
    }

    @Test
    void wrongUsageEndsWithTwo() throws IOException {
        String log = log(50).toString();
        assertThat(run("--weights", "rubbish", log)).isEqualTo(2);
        assertThat(run("--format", "apache", log)).isEqualTo(2);
        assertThat(run("--significance", "1", log)).isEqualTo(2);
        assertThat(run("--watch", "5", log)).isEqualTo(2);
        assertThat(run("--forwarder", "ftp://127.0.0.1:1")).isEqualTo(2);
        assertThat(run("--forwarder", "http://127.0.0.1:1", log)).isEqualTo(2);
        assertThat(run("--nonsense")).isEqualTo(2);
        assertThat(err.toString()).contains("'rubbish' is not SERVER=WEIGHT", "unknown format 'apache'");
    }

    @Test
    void whatCanNotBeReadEndsWithOneAndAReason() throws IOException {
        assertThat(run(folder.resolve("none.log").toString())).isOne();
        assertThat(run("--group", "other", log(50).toString())).isOne();
        assertThat(run("--weights", "x=1", log(50).toString())).isOne();
        assertThat(err.toString()).contains("no such file", "no group 'other', there is shop/shop:80");
        assertThat(out.toString()).contains("Not compared: the weights name other servers");
    }

    @Test
    void aLiveForwarderIsCounted() throws IOException {
        AtomicLong picks = new AtomicLong(700);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/stats", exchange -> {
            byte[] body = PlanJson.write(stats(picks.getAndAdd(100), 300)).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        String url = "http://127.0.0.1:" + server.getAddress().getPort();
        try {
            assertThat(run("--forwarder", url)).isOne();
            assertThat(out.toString()).contains("vservergroup/shop/web: 1000 requests", "pod-a (e/a:80)");
            assertThat(run("--forwarder", url, "--weights", "pod-a=8,pod-b=3")).isZero();
            assertThat(run("--forwarder", url, "--watch=1", "--rounds=1", "--group", "web", "-o", "json"))
                    .isOne();
            assertThat(out.toString()).contains("\"counted\":100");
        } finally {
            server.stop(0);
        }
        assertThat(run("--forwarder", url)).isOne();
        assertThat(err.toString()).contains("slb: " + url + "/stats: ");
    }

    @Test
    void aForwarderThatNeverEndsItsAnswerIsGivenUp() {
        try (TcpServer endless = TcpServer.start(connection -> {
            OutputStream stream = connection.getOutputStream();
            stream.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
            connection.getInputStream().transferTo(OutputStream.nullOutputStream());
        })) {
            String url = "http://127.0.0.1:" + endless.port();
            assertTimeoutPreemptively(
                    Duration.ofSeconds(60),
                    () -> assertThat(run("--forwarder", url)).isOne());
            assertThat(err.toString()).contains("slb: " + url + "/stats: no end of the answer within 5 s");
        }
    }

    private static ForwarderStats stats(long a, long b) {
        DocumentId listener = DocumentId.listener("shop", "web");
        DocumentId group = DocumentId.vServerGroup("shop", "web");
        return new ForwarderStats(
                new TreeMap<>(),
                List.of(
                        new ForwarderStats.ServerStats(listener, group, "e/a:80", "pod-a", 0, a, 50L),
                        new ForwarderStats.ServerStats(listener, group, "e/b:80", "pod-b", 0, b, 50L)),
                new TreeMap<>(),
                List.of());
    }

    /** A thousand requests, so many of a hundred to the first of two servers. */
    private Path log(int percent) throws IOException {
        List<String> lines = new ArrayList<>();
        IntStream.range(0, 1000)
                .forEach(i -> lines.add(
                        "{\"time\":\"2026-11-23T16:%02d:%02d.000Z\",\"slbid\":\"shop/shop\",\"slb_vport\":80,\"client_ip\":\"10.9.%d.%d\",\"client_port\":%d,\"upstream_addr\":\"10.1.0.%d:80\"}"
                                .formatted(
                                        i / 60, i % 60, i / 250, i % 250, 1024 + i, i * 37 % 100 < percent ? 1 : 2)));
        return Files.write(folder.resolve("access.log"), lines);
    }

    private int run(String... args) {
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        List<String> all = new ArrayList<>(List.of("distribution"));
        all.addAll(List.of(args));
        return line.execute(all.toArray(String[]::new));
    }
}
