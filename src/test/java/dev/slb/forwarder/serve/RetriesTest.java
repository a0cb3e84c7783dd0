package dev.slb.forwarder.serve;

import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.SchedulerType;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpServer;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.RunningForwarder;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Who meets a server that is dead, and where its part goes meanwhile. */
@Sockets
class RetriesTest {

    @TempDir
    private Path folder;

    private final int port = Loopback.freePort();
    private final int dead = Loopback.freePort();

    private RunningForwarder start() {
        return RunningForwarder.start(TransportKind.AUTO, folder.resolve("access.log"));
    }

    /** Of so many connections or requests, those that were at the dead server first. */
    private long firstAtTheDead(int count) throws IOException {
        Path file = folder.resolve("access.log");
        await(() -> Files.readString(file).lines().count() >= count);
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(count);
        return lines.stream()
                .filter(line -> line.startsWith(Loopback.ADDRESS + ":" + dead + ", "))
                .count();
    }

    @ParameterizedTest
    @EnumSource(names = {"WRR", "RR", "WLC"})
    void halfOfTheRequestsMeetTheDeadOneOfTwo(SchedulerType scheduler) throws IOException {
        try (RunningForwarder forwarder = start();
                HttpServer server = HttpServer.named("a")) {
            forwarder.serve(
                    GroupPlanBuilder.group("web")
                            .server("dead", dead, 1)
                            .server("a", server.port(), 1)
                            .build(),
                    ListenerPlanBuilder.http("web", port)
                            .scheduler(scheduler)
                            .withoutPassive()
                            .accessLog("$upstream_addr")
                            .build());

            try (HttpClientSocket client = HttpClientSocket.connect(port)) {
                for (int i = 0; i < 20; i++) {
                    assertThat(client.get("/").status()).isEqualTo(200);
                }
            }

            assertThat(firstAtTheDead(20)).isEqualTo(10);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"WRR", "RR", "WLC"})
    void aThirdOfTheConnectionsMeetsTheDeadOneOfThreeAndTheOthersShareThem(SchedulerType scheduler) throws IOException {
        try (RunningForwarder forwarder = start();
                TcpServer a = TcpServer.echo("a");
                TcpServer b = TcpServer.echo("b")) {
            forwarder.serve(
                    GroupPlanBuilder.group("web")
                            .server("dead", dead, 1)
                            .server("a", a.port(), 1)
                            .server("b", b.port(), 1)
                            .build(),
                    ListenerPlanBuilder.tcp("tcp", port)
                            .scheduler(scheduler)
                            .withoutPassive()
                            .accessLog("$upstream_addr")
                            .build());

            for (int i = 1; i <= 30; i++) {
                assertThat(ForwarderTestBase.nameOfServer(port)).isIn("a", "b");
                int ended = i;
                await(() ->
                        Files.readString(folder.resolve("access.log")).lines().count() == ended);
            }

            assertThat(firstAtTheDead(30)).isEqualTo(10);
            assertThat(a.accepted()).isBetween(14, 16);
        }
    }
}
