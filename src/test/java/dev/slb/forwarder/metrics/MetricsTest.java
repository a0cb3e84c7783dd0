package dev.slb.forwarder.metrics;

import dev.slb.admin.AdminCounts;
import dev.slb.forwarder.transport.Transport;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.DocumentId;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpServer;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.RunningForwarder;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

@Sockets
class MetricsTest {

    private static final Pattern DOCUMENTED = Pattern.compile("(?m)^\\| `(slb_[a-z_0-9]+)` \\| (\\w+) \\|");

    /** Series by name with labels, in the order of the text. */
    private static Map<String, Double> scrape(ForwarderMetrics metrics, boolean servers) {
        Map<String, Double> series = new HashMap<>();
        metrics.scrape(servers).lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            int space = line.lastIndexOf(' ');
            assertThat(series.put(line.substring(0, space), Double.valueOf(line.substring(space + 1))))
                    .as("only once: %s", line)
                    .isNull();
        });
        return series;
    }

    @ParameterizedTest
    @EnumSource(value = TransportKind.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
    void whatIsScrapedUnderTrafficIsTrue(TransportKind transport) throws Exception {
        assumeTrue(Transport.isAvailable(transport));
        int httpPort = Loopback.freePort();
        int tcpPort = Loopback.freePort();
        try (RunningForwarder forwarder = RunningForwarder.start(transport);
                HttpServer http = HttpServer.start(request -> HttpServer.raw(
                        "HTTP/1.1 " + request.target().substring(1) + " X\r\nContent-Length: 10\r\n\r\n0123456789"));
                TcpServer tcp = TcpServer.echo("a")) {
            forwarder.serve(
                    GroupPlanBuilder.group("web").server("w", http.port(), 1).build(),
                    GroupPlanBuilder.group("tcp").server("t", tcp.port(), 1).build(),
                    ListenerPlanBuilder.http("web", httpPort).build(),
                    ListenerPlanBuilder.tcp("tcp", tcpPort)
                            .group(DocumentId.vServerGroup("shop", "tcp"))
                            .build());
            ForwarderMetrics metrics = new ForwarderMetrics(forwarder.forwarder(), new AdminCounts());
            List<AutoCloseable> open = new ArrayList<>();
            int sent = 0;
            int received = 0;
            for (int i = 0; i < 4; i++) {
                HttpClientSocket client = HttpClientSocket.connect(httpPort);
                open.add(client);
                for (String code : List.of("200", "200", "302", "404", "503")) {
                    String request = "GET /" + code + " HTTP/1.1\r\nHost: a\r\n\r\n";
                    sent += request.length();
                    client.send(request);
                    received += "HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\n".length()
                            + client.read().body().length;
                }
            }
            try (HttpClientSocket bad = HttpClientSocket.connect(httpPort)) {
                bad.send("GET / HTTP/1.1\r\nHost : a\r\n\r\n").readToEnd();
            }
            Socket socket = Loopback.connect(tcpPort);
            open.add(socket);
            socket.getOutputStream().write(new byte[100]);
            socket.getInputStream().readNBytes(102);
            Loopback.connect(tcpPort).close();

            String web = "{listener=\"shop/web\",load_balancer=\"shop/shop\",protocol=\"http\"}";
            String l4 = web.replace("web", "tcp").replace("http", "tcp");
            await(() -> {
                Map<String, Double> now = scrape(metrics, false);
                assertThat(now.get("slb_listener_connections_active" + web)).isEqualTo(4);
                assertThat(now.get("slb_listener_connections_closed_total" + web))
                        .isEqualTo(1);
                assertThat(now.get("slb_listener_connections_active" + l4)).isEqualTo(1);
                assertThat(now.get("slb_listener_connections_closed_total" + l4))
                        .isEqualTo(1);
                return true;
            });
            Map<String, Double> now = scrape(metrics, true);
            assertThat(now.get("slb_listener_connections_accepted_total" + web)).isEqualTo(5);
            assertThat(now.get("slb_listener_connections_accepted_total" + l4)).isEqualTo(2);
            assertThat(now.get("slb_listener_received_bytes_total" + l4)).isEqualTo(100);
            assertThat(now.get("slb_listener_sent_bytes_total" + l4)).isBetween(102.0, 104.0);
            assertThat(now.get("slb_listener_received_bytes_total" + web)).isEqualTo(sent + 28);
            assertThat(now.get("slb_listener_sent_bytes_total" + web)).isGreaterThan(received);
            assertThat(byCode(now, "slb_listener_requests_total", web))
                    .isEqualTo(Map.of("1xx", 0.0, "2xx", 8.0, "3xx", 4.0, "4xx", 5.0, "5xx", 4.0, "none", 0.0));
            assertThat(byCode(now, "slb_listener_upstream_requests_total", web))
                    .isEqualTo(Map.of("1xx", 0.0, "2xx", 8.0, "3xx", 4.0, "4xx", 4.0, "5xx", 4.0, "none", 0.0));
            assertThat(now.get("slb_listener_request_duration_seconds_count" + web))
                    .isEqualTo(21);
            assertThat(now.get("slb_listener_upstream_duration_seconds_count" + web))
                    .isEqualTo(20);
            assertThat(now.get("slb_listener_upstream_duration_seconds_sum" + web))
                    .isPositive();
            assertThat(now.get("slb_listener_request_duration_seconds_bucket"
                            + web.replace("protocol=\"http\"", "protocol=\"http\",le=\"+Inf\"")))
                    .isEqualTo(21);
            assertThat(now.get("slb_listener_refused_total"
                            + web.replace("protocol=\"http\"", "protocol=\"http\",reason=\"SpaceBeforeColon\"")))
                    .isEqualTo(1);
            assertThat(now.get("slb_group_servers{group=\"shop/web\",kind=\"vservergroup\",state=\"unchecked\"}"))
                    .isEqualTo(1);
            assertThat(now.get(
                            "slb_server_picks_total{group=\"shop/web\",kind=\"vservergroup\",listener=\"shop/web\",server=\"entry/w:"
                                    + http.port() + "\"}"))
                    .isEqualTo(20);
            assertThat(now.get("slb_load_balancer_connections_active{load_balancer=\"shop/shop\"}"))
                    .isEqualTo(5);
            assertThat(now.keySet()).anyMatch(name -> name.startsWith("jvm_memory_used_bytes"));
            for (AutoCloseable each : open) {
                each.close();
            }
        }
    }

    private static Map<String, Double> byCode(Map<String, Double> series, String name, String labels) {
        Map<String, Double> byCode = new TreeMap<>();
        for (String code : List.of("1xx", "2xx", "3xx", "4xx", "5xx", "none")) {
            byCode.put(code, series.get(name + "{code=\"" + code + "\"," + labels.substring(1)));
        }
        return byCode;
    }

    @Test
    void checksAreCountedAndServersHaveNoSeriesUnlessAskedFor() throws Exception {
        int bad = Loopback.freePort();
        try (RunningForwarder forwarder = RunningForwarder.start(TransportKind.AUTO);
                HttpServer good = HttpServer.named("a")) {
            forwarder.serve(
                    GroupPlanBuilder.group("web")
                            .server("good", good.port(), 1)
                            .server("bad", bad, 1)
                            .build(),
                    ListenerPlanBuilder.http("web", Loopback.freePort())
                            .check(ListenerPlanBuilder.tcpCheck(20, 5_000))
                            .build());
            ForwarderMetrics metrics = new ForwarderMetrics(forwarder.forwarder(), new AdminCounts());
            String group = "slb_group_servers{group=\"shop/web\",kind=\"vservergroup\",state=";
            await(() -> {
                Map<String, Double> now = scrape(metrics, false);
                return now.get(group + "\"normal\"}") == 1 && now.get(group + "\"abnormal\"}") == 1;
            });
            Map<String, Double> now = scrape(metrics, true);
            assertThat(now.get("slb_health_checks_total{result=\"success\"}")).isGreaterThanOrEqualTo(2);
            assertThat(now.get("slb_health_checks_total{result=\"failure\"}")).isGreaterThanOrEqualTo(2);
            assertThat(now.get("slb_server_healthy{group=\"shop/web\",kind=\"vservergroup\",server=\"entry/good:"
                            + good.port() + "\"}"))
                    .isEqualTo(1);
            assertThat(now.get("slb_server_healthy{group=\"shop/web\",kind=\"vservergroup\",server=\"entry/bad:" + bad
                            + "\"}"))
                    .isZero();
            assertThat(metrics.scrape(false)).doesNotContain("server=");
        }
    }

    @Test
    void everyMetricIsDocumentedAndEveryDocumentedOneExists() throws Exception {
        Map<String, String> documented = new TreeMap<>();
        Matcher matcher = DOCUMENTED.matcher(Files.readString(Path.of("docs/metrics.md")));
        while (matcher.find()) {
            if (matcher.group(1).startsWith("slb_operator_")) {
                continue; // OperatorMetricsTest has them
            }
            documented.put(matcher.group(1), matcher.group(2));
        }
        Map<String, String> real = new TreeMap<>();
        Arrays.stream(Metric.values())
                .forEach(each -> real.put(each.fullName(), each.type().name().toLowerCase(java.util.Locale.ROOT)));

        assertThat(documented).isEqualTo(real);
    }
}
