package dev.slb.forwarder.l7;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slb.distribution.Logs;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.Action;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwardedPlan;
import dev.slb.plan.LogFormat;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Loopback;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.Patience.pause;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** What the access log says of requests, against what really happened. */
@ParameterizedClass
@EnumSource(value = TransportKind.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
@Sockets
class RequestLinesTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    private final TransportKind transport;
    private Path file;
    private HttpEdge edge;

    RequestLinesTest(TransportKind transport) {
        this.transport = transport;
    }

    @BeforeEach
    void start() {
        file = folder.resolve("access.log");
        edge = HttpEdge.start(transport, file);
    }

    @AfterEach
    void stop() throws Exception {
        if (edge != null) {
            edge.close();
        }
    }

    private List<String> lines(int count) {
        await(() -> Files.readString(file).lines().count() >= count);
        try {
            List<String> lines = Files.readAllLines(file);
            assertThat(lines).hasSize(count);
            return lines;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private JsonNode line(int number) throws IOException {
        return JSON.readTree(lines(number).get(number - 1));
    }

    @Test
    void aRequestHasAllItsFields() throws Exception {
        HttpServer server = edge.server(request -> HttpServer.ok("got " + request.text()));
        edge.forwardTo(listener -> listener.accessLog("JSON"), server.port());
        String head = "POST /a?b=%22 HTTP/1.1\r\nHost: Shop.Example:81\r\nUser-Agent: te\"st\r\nreferer: http://r/\r\n"
                + "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\nContent-Length: 5\r\n\r\n";
        HttpClientSocket client = edge.client();

        client.send(head + "12345").read();

        JsonNode line = line(1);
        assertThat(line.get("time").asText()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
        assertThat(line.get("slbid").asText()).isEqualTo("shop/shop");
        assertThat(line.get("vip_addr").asText()).isEqualTo("127.0.0.1");
        assertThat(line.get("slb_vport").asInt()).isEqualTo(edge.port());
        assertThat(line.get("client_ip").asText()).isEqualTo("127.0.0.1");
        assertThat(line.get("client_port").asInt()).isEqualTo(client.socket().getLocalPort());
        assertThat(line.get("scheme").asText()).isEqualTo("http");
        assertThat(line.get("request_method").asText()).isEqualTo("POST");
        assertThat(line.get("host").asText()).isEqualTo("Shop.Example");
        assertThat(line.get("request_uri").asText()).isEqualTo("/a?b=%22");
        assertThat(line.get("server_protocol").asText()).isEqualTo("HTTP/1.1");
        assertThat(line.get("http_host").asText()).isEqualTo("Shop.Example:81");
        assertThat(line.get("http_referer").asText()).isEqualTo("http://r/");
        assertThat(line.get("http_user_agent").asText()).isEqualTo("te\"st");
        assertThat(line.get("http_x_forwarded_for").asText()).isEqualTo("192.0.2.1, 192.0.2.2");
        assertThat(line.get("http_x_real_ip").asText()).isEqualTo("127.0.0.1");
        assertThat(line.get("request_length").asInt()).isEqualTo(head.length() + 5);
        assertThat(line.get("status").asInt()).isEqualTo(200);
        assertThat(line.get("body_bytes_sent").asInt()).isEqualTo("got 12345".length());
        assertThat(line.get("read_request_time").asInt()).isNotNegative();
        assertThat(line.get("request_time").asDouble()).isNotNegative();
        assertThat(line.get("write_response_time").asInt()).isNotNegative();
        assertThat(line.get("upstream_addr").asText()).isEqualTo("127.0.0.1:" + server.port());
        assertThat(line.get("upstream_status").asText()).isEqualTo("200");
        assertThat(line.get("upstream_response_time").asText()).matches("\\d+\\.\\d{3}");
        assertThat(line.has("slb_reason")).isFalse();
        assertThat(line.has("ssl_protocol")).isFalse();
        if (transport == TransportKind.NIO) {
            assertThat(line.has("tcpinfo_rtt")).isFalse();
        } else {
            assertThat(line.get("tcpinfo_rtt").asInt()).isPositive();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET shop HTTP/1.1, GET|shop|HTTP/1.1|400|InvalidTarget",
        "HEAD http:/shop HTTP/1.1, HEAD|http:/shop|HTTP/1.1|400|InvalidTarget",
        "GET http://a@shop/ HTTP/1.1, GET|http://a@shop/|HTTP/1.1|400|InvalidTarget",
        "GET /a#b HTTP/1.1, GET|/a#b||400|InvalidTarget",
        "CONNECT shop:443 HTTP/1.1, CONNECT|shop:443|HTTP/1.1|501|ConnectMethod",
        "GET /a HTTP/3.0, GET|/a||505|UnsupportedVersion",
        "GET /a HTTP, GET|/a||400|InvalidRequestLine",
        "GET /a, GET|/a||400|InvalidRequestLine"
    })
    void aRefusedRequestLineIsKnownAsFarAsItCouldBeRead(String requestLine, String expected) throws Exception {
        String format = "$request_method|$request_uri|$server_protocol|$status|$slb_reason";
        edge.forwardTo(listener -> listener.accessLog(format), edge.server("a").port());
        // What was read before must not be taken for a part of it.
        edge.client()
                .send("POST /other HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\n\r\n")
                .read();

        edge.client().send(requestLine + "\r\nHost: shop\r\n\r\n").readToEnd();

        assertThat(lines(2).get(1).replace("-", "")).isEqualTo(expected.replace("-", ""));
    }

    @Test
    void aTargetThatIsTooLongIsKnownAsFarAsItCouldBeRead() throws Exception {
        String format = "$request_method|$request_uri|$status|$slb_reason";
        edge.forwardTo(listener -> listener.accessLog(format), edge.server("a").port());

        edge.client()
                .send("GET /" + "a".repeat(60_000) + " HTTP/1.1\r\nHost: shop\r\n\r\n")
                .readToEnd();

        assertThat(lines(1).get(0))
                .startsWith("GET|/aaaa")
                .endsWith("|414|TargetTooLong")
                .hasSizeLessThan(10_000);
    }

    @Test
    void timesAreThoseThatPassed() throws Exception {
        CountDownLatch headCame = new CountDownLatch(1);
        CompletableFuture<Void> goOn = new CompletableFuture<>();
        TcpServer server = edge.tcpServer(connection -> {
            HttpMessage.read(connection.getInputStream(), true, true);
            headCame.countDown();
            connection.getInputStream().read();
            pause(PAUSE_MILLIS);
            connection.getOutputStream().write(HttpServer.raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na"));
            goOn.join();
            connection.getOutputStream().write('b');
        });
        edge.forwardTo(listener -> listener.accessLog("JSON"), server.port());
        HttpClientSocket client = edge.client();

        // Each pause begins when what comes before it has passed the forwarder.
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n");
        assertThat(headCame.await(20, TimeUnit.SECONDS)).isTrue();
        pause(PAUSE_MILLIS);
        client.send("x");
        assertThat(HttpMessage.read(client.in(), false, true).status()).isEqualTo(200);
        assertThat(client.in().read()).isEqualTo('a');
        pause(PAUSE_MILLIS);
        goOn.complete(null);
        assertThat(client.in().read()).isEqualTo('b');

        JsonNode line = line(1);
        assertThat(line.get("read_request_time").asInt()).isGreaterThanOrEqualTo(PAUSE_MILLIS - 1);
        assertThat(line.get("write_response_time").asInt()).isGreaterThanOrEqualTo(PAUSE_MILLIS - 1);
        double upstream = Double.parseDouble(line.get("upstream_response_time").asText());
        assertThat(upstream).isGreaterThanOrEqualTo((2 * PAUSE_MILLIS - 1) / 1000.0);
        assertThat(line.get("request_time").asDouble())
                .isGreaterThanOrEqualTo((3 * PAUSE_MILLIS - 1) / 1000.0)
                .isGreaterThanOrEqualTo(upstream);
    }

    private static final int PAUSE_MILLIS = 60;

    @Test
    void serversThatWereTriedInVainAreThere() throws Exception {
        HttpServer server = edge.server("a");
        int refusing = Loopback.freePort();
        edge.forwardTo(
                listener -> listener.accessLog("$upstream_addr|$upstream_status|$status"), refusing, server.port());

        for (int i = 0; i < 2; i++) {
            edge.client().get("/");
        }

        assertThat(lines(2)).contains("127.0.0.1:" + refusing + ", 127.0.0.1:" + server.port() + "|-, 200|200");
    }

    @Test
    void whatIsNotServedSaysWhy() throws Exception {
        HttpServer server = edge.server("a");
        edge.forwardTo(
                listener -> listener.accessLog("$status $slb_reason $request_method $request_uri $upstream_addr"),
                server.port());
        edge.forwarder().serve(HttpEdge.group("empty"));

        edge.client().send("GET / HTTP/1.1\r\nHost : a\r\n\r\n").read();
        edge.client().send("GET /" + "x".repeat(9000)).read();
        edge.client().send("\n").read();
        edge.serve(listener -> listener.accessLog("$status $slb_reason $body_bytes_sent $upstream_addr")
                .group(DocumentId.vServerGroup("shop", "empty")));
        int bytes = edge.client().get("/").body().length;
        edge.serve(listener -> listener.accessLog("$status $slb_reason $host").action(new Action.Redirect(443, 301)));
        edge.client().get("shop", "/");

        assertThat(lines(5)) // loops write for themselves
                .map(line -> line.replaceAll("x{8000,}", "x..."))
                .containsExactlyInAnyOrder(
                        "400 SpaceBeforeColon GET / -",
                        "414 TargetTooLong GET /x... -",
                        "400 InvalidLineEnd - - -",
                        "503 NoServers " + bytes + " -",
                        "301 - shop");
    }

    @Test
    void clientsThatGoAndServersThatBreakOffAreThere() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        TcpServer silent = edge.tcpServer(connection -> {
            connection.getInputStream().read(new byte[1000]);
            asked.countDown();
            connection.getInputStream().read();
        });
        edge.forwardTo(listener -> listener.accessLog("$status $slb_reason $upstream_status"), silent.port());
        HttpClientSocket client = edge.client();
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        asked.await();
        client.socket().setSoLinger(true, 0);
        client.close();

        assertThat(lines(1)).containsExactly("499 ClientClosed -");

        TcpServer breaking = edge.tcpServer(connection -> {
            connection.getInputStream().read(new byte[1000]);
            connection.getOutputStream().write(HttpServer.raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"));
        });
        edge.forwardTo(
                listener -> listener.accessLog("$status $slb_reason $upstream_status $body_bytes_sent"),
                breaking.port());
        edge.client().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readToEnd();

        assertThat(lines(2)).endsWith("200 AnswerCutByServer 200 3");
    }

    @Test
    void aTunnelHasOneLineAtItsEnd() throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            connection.getInputStream().read(new byte[1000]);
            connection
                    .getOutputStream()
                    .write(HttpServer.raw("HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"));
            connection.getInputStream().transferTo(connection.getOutputStream());
        });
        edge.forwardTo(listener -> listener.accessLog("$status $slb_reason $body_bytes_sent"), server.port());
        HttpClientSocket client = edge.client();
        client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
                .read();
        client.send("hello");
        client.in().readNBytes(5);
        client.close();

        assertThat(lines(1)).containsExactly("101 - 5");
    }

    @Test
    void theRealClientIsTheOneThatTrustedProxiesName() throws Exception {
        HttpServer server = edge.server("a");
        edge.forwardTo(
                listener -> listener.accessLog("$client_ip $http_x_real_ip")
                        .forwarded(new ForwardedPlan(
                                ForwardedPlan.XForwardedFor.APPEND,
                                List.of("127.0.0.0/8", "198.51.100.0/24"),
                                true,
                                false,
                                false,
                                null,
                                false,
                                false)),
                server.port());
        HttpClientSocket client = edge.client();

        client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4, 203.0.113.9\r\n"
                        + "X-Forwarded-For: 198.51.100.7\r\n\r\n")
                .read();
        client.get("/");
        client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: rubbish\r\n\r\n")
                .read();
        client.send("GET / HTTP/1.1\r\n"
                        + "Host: a\r\n"
                        + "X-Forwarded-For: 1.2.3.4, 203.0.113.9:4711,, 198.51.100.7:80, \t,\r\n\r\n")
                .read();
        client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4, [2001:db8::9]:4711\r\n\r\n")
                .read();
        client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4, 203.0.113.9:x\r\n\r\n")
                .read();

        assertThat(lines(6))
                .containsExactly(
                        "127.0.0.1 203.0.113.9",
                        "127.0.0.1 127.0.0.1",
                        "127.0.0.1 127.0.0.1",
                        "127.0.0.1 203.0.113.9",
                        "127.0.0.1 2001:db8::9",
                        "127.0.0.1 127.0.0.1");
    }

    @Test
    void pipelinedRequestsHaveALineEachAndKeepTheirOrder() throws Exception {
        HttpServer server = edge.server("a");
        edge.forwardTo(listener -> listener.accessLog("$request_uri $status"), server.port());
        HttpClientSocket client = edge.client();
        client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
        client.read();
        client.read();

        assertThat(lines(2)).containsExactly("/1 200", "/2 200");
    }

    @Test
    void theLogGoesOnAndOffWithTheListener() throws Exception {
        HttpServer server = edge.server("a");
        edge.forwardTo(listener -> {}, server.port());
        HttpClientSocket client = edge.client();
        client.get("/off");
        edge.serve(listener -> listener.accessLog("$request_uri"));
        client.get("/on");
        edge.serve(listener -> {});
        client.get("/off-again");
        edge.serve(listener -> listener.accessLog("${request_uri}!"));
        client.get("/on-again");

        assertThat(lines(2)).containsExactly("/on", "/on-again!");
    }

    @Test
    void distributionReadsBothFormats() throws Exception {
        HttpServer a = edge.server("a");
        HttpServer b = edge.server("b");
        for (String format : List.of("JSON", LogFormat.TEXT)) {
            Files.writeString(file, "");
            edge.forwardTo(listener -> listener.accessLog(format), a.port(), b.port());
            HttpClientSocket client = edge.client();
            for (int i = 0; i < 20; i++) {
                client.get("/" + i);
            }
            lines(20);
            try (Logs logs = new Logs(null)) {
                logs.add(null, Files.newInputStream(file));
                assertThat(logs.count().names()).as(format).containsExactly("shop/shop:" + edge.port());
                assertThat(logs.summaries().get(0).lines()).as(format).isEqualTo(20);
                assertThat(logs.summaries().get(0).malformed()).as(format).isZero();
            }
        }
    }
}
