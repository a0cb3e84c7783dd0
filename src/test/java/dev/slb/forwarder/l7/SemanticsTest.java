package dev.slb.forwarder.l7;

import dev.slb.forwarder.transport.TransportKind;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Sockets;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;

import static org.assertj.core.api.Assertions.assertThat;

/** What a gateway without a cache has to leave to servers and clients (RFC 9110): methods, statuses, conditions, ranges, logins. */
@Sockets
class SemanticsTest {

    @AutoClose
    private final HttpEdge edge = HttpEdge.start(TransportKind.AUTO);

    private HttpMessage get(String fields) throws Exception {
        return edge.client()
                .send("GET / HTTP/1.1\r\nHost: test\r\n" + fields + "\r\n")
                .read();
    }

    /** A proxy without a cache must not look at conditions (13.2.1), and not change credentials (11.6.2). */
    @Test
    void conditionsRangesAndCredentialsAreForServers() throws Exception {
        HttpServer server = edge.server("a");
        edge.forwardTo(server.port());
        String[] fields = {
            "If-Match: \"a\", \"b\"",
            "If-None-Match: W/\"c\"",
            "if-modified-since: Sun, 06 Nov 1994 08:49:37 GMT",
            "If-Unmodified-Since: no date",
            "If-Range: \"a\"",
            "Range: bytes=0-4, -1",
            "Authorization: Digest username=\"a, b\",  realm=x",
            "Proxy-Authorization: Basic eDp5",
            "Referer: http://test/",
            "Cache-Control: only-if-cached",
        };

        assertThat(get(String.join("\r\n", fields) + "\r\n").status()).isEqualTo(200);

        assertThat(server.lastRequest().headerLines()).containsAll(Arrays.asList(fields));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "206 Partial Content|Content-Range: bytes 0-1/9",
                "206 Partial Content|Content-Type: multipart/byteranges; boundary=x",
                "304 Not Modified|ETag: \"a\"",
                "401 Unauthorized|WWW-Authenticate: Basic realm=\"a, b\", Digest realm=c",
                "405 Method Not Allowed|Allow: PURGE, , get",
                "407 Proxy Authentication Required|Proxy-Authenticate: Basic realm=x",
                "412 Precondition Failed|ETag: \"b\"",
                "416 Range Not Satisfiable|Content-Range: bytes */9",
                "421 Misdirected Request|X: y",
                "200 OK|Authentication-Info: nextnonce=\"x\"",
                "201 Created|Location: /a#b",
                "203 Non-Authoritative|Server: x",
                "503 Service Unavailable|Retry-After: Sun, 06 Nov 1994 08:49:37 GMT",
                "299 X|Warning: 299 - \"x\"",
                "599 X|Trailer: X",
                "999 X|X: y",
            })
    void answersPassWhateverTheySay(String status, String field) throws Exception {
        boolean empty = status.startsWith("304");
        edge.forwardTo(edge.server(request -> HttpServer.raw("HTTP/1.1 " + status + "\r\n" + field + "\r\n"
                        + (empty ? "\r\n" : "Content-Length: 2\r\n\r\nok")))
                .port());

        HttpMessage answer = get("");

        assertThat(answer.startLine()).isEqualTo("HTTP/1.1 " + status);
        assertThat(answer.headerLines()).contains(field);
        assertThat(answer.text()).isEqualTo(empty ? "" : "ok");
    }

    @Test
    void a205HasNoContentAndItsConnectionGoesOn() throws Exception {
        HttpServer server =
                edge.server(request -> HttpServer.raw("HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"));
        edge.forwardTo(server.port());
        var client = edge.client();

        for (int i = 0; i < 2; i++) {
            HttpMessage answer = client.get("/");
            assertThat(answer.status()).isEqualTo(205);
            assertThat(answer.header("Content-Length")).isEqualTo("0");
        }
        assertThat(server.connections().accepted()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "PURGE", "M-SEARCH", "post", "QUERY"})
    void anyMethodPassesWithContentAndWithout(String method) throws Exception {
        HttpServer server = edge.server("a");
        edge.forwardTo(server.port());
        for (String body : new String[] {"Content-Length: 2\r\n\r\nhi", "\r\n"}) {
            var client = edge.client().send(method + " /a HTTP/1.1\r\nHost: test\r\n" + body);
            HttpMessage answer = method.equals("HEAD") ? client.readHead() : client.read();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(server.lastRequest().startLine()).isEqualTo(method + " /a HTTP/1.1");
            assertThat(server.lastRequest().text()).isEqualTo(body.endsWith("hi") ? "hi" : "");
        }
    }

    /** It must (15.5.22), and names the field in Connection (7.8). */
    @Test
    void a426SaysWhichProtocolIsWanted() throws Exception {
        edge.forwardTo(edge.server(request -> HttpServer.raw("HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n"
                        + "Connection: Upgrade, X\r\nX: y\r\nContent-Length: 2\r\n\r\nok"))
                .port());
        var client = edge.client();

        for (int i = 0; i < 2; i++) {
            HttpMessage answer = client.get("/");
            assertThat(answer.headers("Upgrade")).containsExactly("websocket");
            assertThat(answer.headers("Connection")).containsExactly("Upgrade");
            assertThat(answer.header("X")).isNull();
            assertThat(answer.text()).isEqualTo("ok");
        }
        HttpMessage last = get("Connection: close\r\n");
        assertThat(String.join(", ", last.headers("Connection"))).isEqualToIgnoringCase("Upgrade, close");
    }

    @Test
    void otherAnswersOfferNoUpgrade() throws Exception {
        edge.forwardTo(edge.server(request -> HttpServer.raw(
                        "HTTP/1.1 200 OK\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\nok"))
                .port());
        HttpMessage answer = get("");
        assertThat(answer.header("Upgrade")).isNull();
        assertThat(answer.header("Connection")).isNull();
    }
}
