package dev.slb.forwarder.l7;

import dev.slb.forwarder.l7.VersionsEdge.Versions;
import dev.slb.forwarder.l7.head.Head;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.Action;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Sockets;
import io.netty.handler.codec.http2.Http2Headers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;

import static org.assertj.core.api.Assertions.assertThat;

/** Every answer says when it was made (RFC 9110, section 6.6.1): by its server, or, where that does not, by us. */
@Sockets
class DatesTest {

    private static final String OLD = "Sun, 06 Nov 1994 08:49:37 GMT";
    private static final DateTimeFormatter FIXED = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private final Instant before = Instant.now().truncatedTo(ChronoUnit.SECONDS);

    @TempDir
    private Path folder;

    private void assertNow(List<String> dates) {
        assertThat(dates).hasSize(1);
        Instant date = ZonedDateTime.parse(dates.get(0), FIXED).toInstant();
        assertThat(date).isBetween(before, before.plus(Duration.ofMinutes(2)));
    }

    /** The values of Date in the answer to a request, and how many of them interim answers had. */
    private record Got(List<String> dates, int interim) {}

    private static Got get(VersionsEdge edge, Versions versions) throws IOException {
        if (versions.http2Client) {
            Http2Socket client = edge.http2Client();
            Http2Socket.Answer answer = client.answer(client.get("/"));
            return new Got(
                    answer.head.getAll("date").stream().map(Object::toString).toList(), (int) answer.interim.stream()
                            .filter(each -> each.contains("date"))
                            .count());
        }
        HttpClientSocket client = edge.http1Client();
        client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
        HttpMessage answer = client.read();
        int interim = 0;
        while (answer.status() < 200) {
            interim += answer.headers("Date").size();
            answer = client.read();
        }
        return new Got(answer.headers("Date"), interim);
    }

    @ParameterizedTest
    @EnumSource
    void anAnswerWithoutOneGetsIt(Versions versions) throws Exception {
        try (VersionsEdge edge = VersionsEdge.start(folder)) {
            edge.serve(versions, listener -> {}, asked -> {
                asked.interim(103, "</a>");
                asked.ok();
                asked.awaitEnd();
            });
            Got got = get(edge, versions);
            assertNow(got.dates);
            assertThat(got.interim).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void thatOfTheServerStays(Versions versions) throws Exception {
        try (VersionsEdge edge = VersionsEdge.start(folder)) {
            edge.serve(versions, listener -> {}, asked -> {
                if (versions.isHttp2Server()) {
                    Http2Headers answer = Http2Socket.status(200).add("date", OLD);
                    asked.http2().fields(asked.stream(), answer, true);
                } else {
                    asked.raw("HTTP/1.1 200 OK\r\ndate: " + OLD + "\r\nContent-Length: 0\r\n\r\n");
                }
                asked.awaitEnd();
            });
            assertThat(get(edge, versions).dates).containsExactly(OLD);
        }
    }

    @Test
    void anAnswerOfAsManyFieldsAsThereMayBeHasItToo() throws Exception {
        try (HttpEdge edge = HttpEdge.start(TransportKind.AUTO)) {
            String fields = "X: y\r\n".repeat(Head.MAX_HEADERS - 1) + "Content-Length: 2\r\n";
            HttpServer server = edge.server(request -> HttpServer.raw("HTTP/1.1 200 OK\r\n" + fields + "\r\nok"));
            edge.forwardTo(server.port());
            HttpMessage answer = edge.client().get("/");
            assertThat(answer.text()).isEqualTo("ok");
            assertThat(answer.headers("X")).hasSize(Head.MAX_HEADERS - 1);
            assertNow(answer.headers("Date"));
        }
    }

    @Test
    void ourOwnAnswersHaveOne() throws Exception {
        try (HttpEdge edge = HttpEdge.start(TransportKind.AUTO)) {
            edge.serveHello(listener -> listener.action(new Action.Redirect(443, 301)));
            assertNow(edge.client().get("/").headers("Date"));
            assertNow(edge.client().send("GARBAGE\r\n\r\n").read().headers("Date"));

            edge.forwardTo();
            assertNow(edge.client().get("/").headers("Date"));
            String options = "OPTIONS / HTTP/1.1\r\nHost: test\r\nMax-Forwards: 0\r\n\r\n";
            assertNow(edge.client().send(options).read().headers("Date"));
        }
    }

    @Test
    void soTheyHaveOverHttp2() throws Exception {
        try (HttpEdge edge = HttpEdge.http2(TransportKind.AUTO)) {
            edge.forwardTo();
            Http2Socket client = edge.http2Client();
            Http2Socket.Answer answer = client.answer(client.get("/"));
            assertThat(answer.status()).isEqualTo(503);
            assertNow(List.of(answer.header("date")));
        }
    }
}
