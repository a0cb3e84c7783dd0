package dev.slb.forwarder.l7;

import dev.slb.forwarder.transport.TransportKind;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** What clients and servers see of a request, the same on every transport. */
@ParameterizedClass
@EnumSource(value = TransportKind.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
@Sockets
class HttpForwardingTest {

    private static final String HOST = "Host: test\r\n";

    private final TransportKind transport;
    private HttpEdge edge;

    HttpForwardingTest(TransportKind transport) {
        this.transport = transport;
    }

    @BeforeEach
    void start() {
        edge = HttpEdge.start(transport);
    }

    @AfterEach
    void stop() throws Exception {
        if (edge != null) {
            edge.close();
        }
    }

    @Test
    void connectionsAreKeptOnBothSides() throws Exception {
        HttpServer server = edge.server("a");
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        for (int i = 0; i < 5; i++) {
            HttpMessage answer = client.get("/x?" + i);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.text()).isEqualTo("a");
            assertThat(answer.header("Connection")).isNull();
        }

        assertThat(server.requests())
                .extracting(HttpMessage::target)
                .containsExactly("/x?0", "/x?1", "/x?2", "/x?3", "/x?4");
        assertThat(server.connections().accepted()).isEqualTo(1);
        assertThat(edge.forwarder().picks(edge.listener(), "web0")).isEqualTo(5);
        assertThat(edge.forwarder()
                        .forwarder()
                        .stats()
                        .listeners()
                        .get(edge.listener().id())
                        .requests())
                .isEqualTo(5);
    }

    @Test
    void serversAreToldWhoTheClientIsAndNothingAboutItsConnection() throws Exception {
        HttpServer server = edge.server("a");
        edge.forwardTo(server.port());

        edge.client()
                .send("GET / HTTP/1.1\r\n" + HOST + "Connection: keep-alive\r\nAccept: */*\r\n\r\n")
                .read();

        assertThat(server.lastRequest().headerLines())
                .containsExactly("Host: test", "Accept: */*", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: http");
    }

    @Test
    void bodiesGoBothWaysWithALength() throws Exception {
        HttpServer server = edge.server(request -> HttpServer.ok("got " + request.text()));
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        for (String body : new String[] {"x", "y".repeat(3_000), "z".repeat(300_000)}) {
            HttpMessage answer = client.send(
                            "POST / HTTP/1.1\r\n" + HOST + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                    .read();
            assertThat(answer.text()).isEqualTo("got " + body);
        }
        assertThat(server.connections().accepted()).isEqualTo(1);
    }

    @Test
    void chunkedBodiesGoBothWaysWithTheirTrailers() throws Exception {
        HttpServer server =
                edge.server(request -> HttpServer.raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "4;x=y\r\n" + request.text() + "\r\n0\r\nB: " + request.trailerLines() + "\r\n\r\n"));
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        for (int i = 0; i < 3; i++) {
            HttpMessage answer = client.send("POST / HTTP/1.1\r\n" + HOST
                            + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2;e\r\ncd\r\n0\r\nA: 1\r\n\r\n")
                    .read();
            assertThat(answer.text()).isEqualTo("abcd");
            assertThat(answer.trailerLines()).containsExactly("B: [A: 1]");
        }
        assertThat(server.connections().accepted()).isEqualTo(1);
    }

    @Test
    void answersWithoutABodyKeepTheConnection() throws Exception {
        HttpServer server = edge.server(request -> switch (request.target()) {
            case "/204" -> HttpServer.raw("HTTP/1.1 204 No Content\r\n\r\n");
            case "/304" -> HttpServer.raw("HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n");
            default -> HttpServer.ok("x".repeat(99));
        });
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        assertThat(client.get("/204").status()).isEqualTo(204);
        assertThat(client.get("/304").header("Content-Length")).isEqualTo("99");
        HttpMessage head = client.send("HEAD / HTTP/1.1\r\n" + HOST + "\r\n").readHead();
        assertThat(head.header("Content-Length")).isEqualTo("99");
        assertThat(client.get("/").text()).hasSize(99);
        assertThat(server.connections().accepted()).isEqualTo(1);
    }

    @Test
    void anAnswerThatEndsWithItsConnectionEndsTheClients() throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            HttpMessage.read(connection.getInputStream(), true, false);
            connection
                    .getOutputStream()
                    .write(HttpServer.raw("HTTP/1.0 200 OK\r\nDate: b\r\n\r\n" + "x".repeat(10_000)));
        });
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        HttpMessage answer = client.get("/");

        assertThat(answer.startLine()).isEqualTo("HTTP/1.1 200 OK");
        assertThat(answer.headerLines()).containsExactly("Date: b", "Connection: close");
        assertThat(answer.text()).hasSize(10_000);
        assertThat(client.isEnded()).isTrue();
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws Exception {
        HttpServer server = edge.server(request -> HttpServer.ok(request.target() + request.text()));
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();
        StringBuilder requests = new StringBuilder();
        for (int i = 0; i < 50; i++) {
            requests.append("GET /")
                    .append(i)
                    .append(" HTTP/1.1\r\n")
                    .append(HOST)
                    .append("\r\n");
            requests.append("POST /p HTTP/1.1\r\n")
                    .append(HOST)
                    .append("Content-Length: 2\r\n\r\n")
                    .append(10 + i);
        }

        client.send(requests.toString());

        for (int i = 0; i < 50; i++) {
            assertThat(client.read().text()).isEqualTo("/" + i);
            assertThat(client.read().text()).isEqualTo("/p" + (10 + i));
        }
        assertThat(server.connections().accepted()).isEqualTo(1);
    }

    @Test
    void aClientMayEndAfterItsRequestsAndThenReadTheAnswers() throws Exception {
        HttpServer server = edge.server(request -> HttpServer.ok(request.target()));
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        client.send("GET /1 HTTP/1.1\r\n" + HOST + "\r\nGET /2 HTTP/1.1\r\n" + HOST + "\r\n");
        client.socket().shutdownOutput();

        assertThat(client.read().text()).isEqualTo("/1");
        assertThat(client.read().text()).isEqualTo("/2");
        assertThat(client.isEnded()).isTrue();
    }

    @Test
    void clientsOfHttp10MayKeepTheirConnection() throws Exception {
        HttpServer server = edge.server("a");
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        for (int i = 0; i < 3; i++) {
            HttpMessage answer = client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                    .read();
            assertThat(answer.header("Connection")).isEqualTo("keep-alive");
        }
        assertThat(client.send("GET / HTTP/1.0\r\n\r\n").read().header("Connection"))
                .isEqualTo("close");
        assertThat(client.isEnded()).isTrue();
        assertThat(server.lastRequest().startLine()).isEqualTo("GET / HTTP/1.1");
        assertThat(server.lastRequest().header("Connection")).isNull();
        assertThat(server.connections().accepted()).isEqualTo(1);
    }

    @Test
    void aClientThatWantsToCloseIsClosed() throws Exception {
        HttpServer server = edge.server("a");
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        HttpMessage answer = client.send("GET / HTTP/1.1\r\n" + HOST + "Connection: close\r\n\r\n")
                .read();

        assertThat(answer.text()).isEqualTo("a");
        assertThat(answer.header("Connection")).isEqualTo("close");
        assertThat(client.isEnded()).isTrue();
        assertThat(server.lastRequest().header("Connection")).isNull();
    }

    @Test
    void connectionsEndAfterTheirLastRequest() throws Exception {
        HttpServer server = edge.server("a");
        edge.forwardTo(listener -> listener.maxRequestsPerConnection(3), server.port());
        HttpClientSocket client = edge.client();

        assertThat(client.get("/").header("Connection")).isNull();
        assertThat(client.get("/").header("Connection")).isNull();
        assertThat(client.get("/").header("Connection")).isEqualTo("close");
        assertThat(client.isEnded()).isTrue();
        assertThat(server.connections().accepted())
                .as("the server's connection stays")
                .isEqualTo(1);
    }

    @Test
    void aServerThatWantsToCloseIsNotUsedAgainButTheClientStays() throws Exception {
        HttpServer server = edge.server(
                request -> HttpServer.raw("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na"));
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        for (int i = 0; i < 3; i++) {
            assertThat(client.get("/").header("Connection")).isNull();
        }
        assertThat(server.connections().accepted()).isEqualTo(3);
    }

    @Test
    void the100ContinueOfTheServerReachesTheClientBeforeTheBodyReachesTheServer() throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            InputStream in = connection.getInputStream();
            HttpMessage head = HttpMessage.read(in, true, true);
            connection.getOutputStream().write(HttpServer.raw("HTTP/1.1 100 Continue\r\n\r\n"));
            int length = Integer.parseInt(head.header("Content-Length"));
            String body = new String(in.readNBytes(length));
            connection.getOutputStream().write(HttpServer.ok(head.header("Expect") + " " + body));
        });
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        client.send("POST / HTTP/1.1\r\n" + HOST + "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n");
        assertThat(client.read().status()).isEqualTo(100);
        client.send("body");
        assertThat(client.read().text()).isEqualTo("100-continue body");
    }

    @Test
    void interimAnswersPassToClientsThatKnowThem() throws Exception {
        HttpServer server = edge.server(request -> HttpServer.raw("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                + "HTTP/1.1 103 Early Hints\r\nLink: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"));
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        client.send("GET / HTTP/1.1\r\n" + HOST + "\r\n");
        assertThat(client.read().headerLines()).containsExactly("Link: x");
        assertThat(client.read().headerLines()).containsExactly("Link: y");
        assertThat(client.read().text()).isEqualTo("a");
        assertThat(client.get("/").status()).isEqualTo(103);

        HttpMessage old = edge.client().send("GET / HTTP/1.0\r\n\r\n").read();
        assertThat(old.status()).isEqualTo(200);
    }

    @Test
    void anAnswerBeforeTheEndOfTheRequestEndsTheConnection() throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            HttpMessage.read(connection.getInputStream(), true, true);
            connection
                    .getOutputStream()
                    .write(HttpServer.raw("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno!"));
            connection.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
        });
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        client.send("POST / HTTP/1.1\r\n" + HOST + "Content-Length: 1000000\r\n\r\nbegin");
        HttpMessage answer = client.read();

        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.text()).isEqualTo("no!");
        assertThat(answer.header("Connection")).isEqualTo("close");
        assertThat(client.isEnded()).isTrue();
        await(() -> server.open() == 0);
    }

    @Test
    void anAnswerCanStreamWhileTheRequestDoes() throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            InputStream in = connection.getInputStream();
            HttpMessage.read(in, true, true);
            connection
                    .getOutputStream()
                    .write(HttpServer.raw("HTTP/1.1 200 OK\r\nDate: b\r\nTransfer-Encoding: chunked\r\n\r\n"));
            in.transferTo(connection.getOutputStream()); // chunks go back as they are
        });
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        client.send("POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 3; i++) {
            client.send("3\r\nab" + i + "\r\n");
            if (i == 0) {
                byte[] head = client.in()
                        .readNBytes(
                                "HTTP/1.1 200 OK\r\nDate: b\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                                        .length());
                assertThat(new String(head)).startsWith("HTTP/1.1 200 OK");
            }
            assertThat(new String(client.in().readNBytes(8))).isEqualTo("3\r\nab" + i + "\r\n");
        }
        client.send("0\r\n\r\n");
        assertThat(new String(client.readToEnd())).isEqualTo("0\r\n\r\n");
    }

    @Test
    void aClientThatGoesAwayTakesItsUnfinishedRequestAlong() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Integer> body = new CompletableFuture<>();
        TcpServer server = edge.tcpServer(connection -> {
            HttpMessage.read(connection.getInputStream(), true, true);
            begun.countDown();
            try {
                body.complete(connection.getInputStream().readAllBytes().length);
            } catch (IOException e) {
                body.complete(-1); // reset
            }
        });
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        client.send("POST / HTTP/1.1\r\n" + HOST + "Content-Length: 1000\r\n\r\nbegin");
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        client.close();

        assertThat(body.get(20, TimeUnit.SECONDS)).isLessThan(1000);
        await(() -> edge.forwarder().activeConnections(edge.listener()) == 0);
    }

    @Test
    void aClientThatGoesAwayDuringALongAnswerEndsIt() throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            HttpMessage.read(connection.getInputStream(), true, true);
            connection.getOutputStream().write(HttpServer.raw("HTTP/1.1 200 OK\r\n\r\n"));
            byte[] block = new byte[64 * 1024];
            while (true) {
                connection.getOutputStream().write(block); // until it fails
            }
        });
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        client.send("GET / HTTP/1.1\r\n" + HOST + "\r\n");
        client.in().readNBytes(1_000_000);
        client.close();

        await(() -> server.open() == 0);
        await(() -> edge.forwarder().activeConnections(edge.listener()) == 0);
    }

    @Test
    void aTruncatedAnswerIsTruncatedForTheClientToo() throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            HttpMessage.read(connection.getInputStream(), true, false);
            connection
                    .getOutputStream()
                    .write(HttpServer.raw("HTTP/1.1 200 OK\r\nDate: b\r\nContent-Length: 10\r\n\r\nabc"));
        });
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        client.send("GET / HTTP/1.1\r\n" + HOST + "\r\n");

        assertThat(new String(client.readToEnd()))
                .isEqualTo("HTTP/1.1 200 OK\r\nDate: b\r\nContent-Length: 10\r\n\r\nabc");
    }

    @Test
    void whatAServerSendsUnaskedIsNotTakenForTheNextAnswer() throws Exception {
        HttpServer server = edge.server(request -> HttpServer.raw(
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"));
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        for (int i = 0; i < 3; i++) {
            assertThat(client.get("/").text()).isEqualTo("a");
        }
        assertThat(server.connections().accepted()).isEqualTo(3);
    }

    @Test
    void emptyLinesBeforeARequestAreSkipped() throws Exception {
        HttpServer server = edge.server("a");
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        client.send("\r\n\r\nGET / HTTP/1.1\r\n" + HOST + "\r\n");
        assertThat(client.read().status()).isEqualTo(200);
        client.send("\r\n");
        assertThat(client.get("/").status()).isEqualTo(200);
    }

    @Test
    void theLargestHeadPassesInAnyPieces() throws Exception {
        HttpServer server = edge.server("a");
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();
        String value = "x".repeat(31_000);
        String request = "GET / HTTP/1.1\r\n" + HOST + "Long: " + value + "\r\n\r\n";

        for (int piece : new int[] {request.length(), 10_000, 999}) {
            for (int at = 0; at < request.length(); at += piece) {
                client.send(request.substring(at, Math.min(request.length(), at + piece)));
            }
            assertThat(client.read().status()).isEqualTo(200);
            assertThat(server.lastRequest().header("Long")).isEqualTo(value);
        }
    }
}
