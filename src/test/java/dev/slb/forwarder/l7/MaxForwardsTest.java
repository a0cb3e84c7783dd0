package dev.slb.forwarder.l7;

import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.Action;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.HttpServer.Answer;
import dev.slb.testing.Sockets;
import io.netty.handler.codec.http2.Http2Headers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;

import static org.assertj.core.api.Assertions.assertThat;

/** TRACE and OPTIONS end where they are meant to (RFC 9110, section 7.6.2), whichever version of HTTP they come in. */
@Sockets
class MaxForwardsTest {

    private static final Answer ECHO =
            request -> HttpServer.ok(request.method() + " " + request.header("Max-Forwards"));

    private final HttpEdge edge = HttpEdge.start(TransportKind.AUTO);
    private final HttpServer server = edge.server(ECHO);

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    /** Status and body of the answer to a request with these lines. */
    private String ask(boolean http2, String method, String... fields) throws IOException {
        if (http2) {
            edge.http2();
        }
        edge.forwardTo(server.port());
        if (http2) {
            return askHttp2(method, fields);
        }
        HttpClientSocket client = edge.client();
        String lines = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
        HttpMessage answer = client.send(method + " /a HTTP/1.1\r\nHost: shop\r\n" + lines + "\r\n")
                .read();
        assertThat(client.get("/next").status()).as("the connection goes on").isEqualTo(200);
        return answer.status() + " " + answer.text().strip();
    }

    private String askHttp2(String method, String... fields) throws IOException {
        Http2Socket client = edge.http2Client();
        Http2Headers headers = Http2Socket.request(method, "/a");
        for (String each : fields) {
            headers.add(each.split(": ")[0].toLowerCase(), each.split(": ")[1].strip());
        }
        Http2Socket.Answer answer = client.answer(client.open(headers, true));
        return answer.status() + " " + answer.text().strip();
    }

    @ParameterizedTest
    @CsvSource({
        "TRACE, 5, 4",
        "TRACE, 1, 0",
        "OPTIONS, 10, 9",
        "OPTIONS, 007, 6",
        "OPTIONS, 99999999999999999999, 2147483646",
        "OPTIONS, 2147483648, 2147483646"
    })
    void oneForwardLessIsLeft(String method, String sent, String left) throws Exception {
        assertThat(ask(false, method, "Max-Forwards: " + sent)).isEqualTo("200 " + method + " " + left);
        assertThat(ask(true, method, "Max-Forwards: " + sent)).isEqualTo("200 " + method + " " + left);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theLastForwardEndsHere(boolean http2) throws Exception {
        assertThat(ask(http2, "OPTIONS", "Max-Forwards: 0")).isEqualTo("200 ");
        assertThat(ask(http2, "OPTIONS", "max-forwards:  000 ")).isEqualTo("200 ");
        // What a client sent is not shown to whoever asks: scripts may ask.
        assertThat(ask(http2, "TRACE", "Max-Forwards: 0", "Cookie: secret"))
                .isEqualTo("405 405 Method Not Allowed: MaxForwards");
        assertThat(server.requests()).extracting(HttpMessage::target).doesNotContain("/a");
    }

    @Test
    void whatIsAllowedIsSaid() throws Exception {
        edge.forwardTo(server.port());
        HttpMessage answer = edge.client()
                .send("TRACE / HTTP/1.1\r\nHost: shop\r\nMax-Forwards: 0\r\n\r\n")
                .read();
        assertThat(answer.header("Allow")).isEqualTo("OPTIONS");
        assertThat(answer.header("SLB-Reason")).isEqualTo("MaxForwards");

        answer = edge.client()
                .send("OPTIONS * HTTP/1.1\r\nHost: shop\r\nMax-Forwards: 0\r\n\r\n")
                .read();
        assertThat(answer.header("Content-Length")).isEqualTo("0");
        assertThat(edge.forwarder().refusals("MaxForwards")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void otherMethodsHaveNoSuchLimit(boolean http2) throws Exception {
        assertThat(ask(http2, "GET", "Max-Forwards: 0")).isEqualTo("200 GET 0");
        assertThat(ask(http2, "TRACE")).isEqualTo("200 TRACE null");
        assertThat(ask(http2, "DELETE", "Max-Forwards: x")).isEqualTo("200 DELETE x");
        assertThat(ask(http2, "get", "Max-Forwards: 0")).isEqualTo("200 get 0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1.5", "1 2", "1, 2", "x", "+1"})
    void whatIsNoNumberIsRefused(String value) throws Exception {
        edge.forwardTo(server.port());
        HttpMessage answer = edge.client()
                .send("TRACE / HTTP/1.1\r\nHost: shop\r\nMax-Forwards: " + value + "\r\n\r\n")
                .read();
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.header("SLB-Reason")).isEqualTo("InvalidMaxForwards");
    }

    @Test
    void twoNumbersAreRefused() throws Exception {
        edge.forwardTo(server.port());
        HttpMessage answer = edge.client()
                .send("OPTIONS / HTTP/1.1\r\nHost: shop\r\nMax-Forwards: 1\r\nMax-Forwards: 1\r\n\r\n")
                .read();
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.header("SLB-Reason")).isEqualTo("InvalidMaxForwards");
    }

    @Test
    void aRedirectIsAnsweredHereAnyway() throws Exception {
        edge.forwardTo(server.port());
        edge.serve(listener -> listener.action(new Action.Redirect(443, 301)));
        assertThat(edge.client()
                        .send("OPTIONS / HTTP/1.1\r\nHost: shop\r\nMax-Forwards: 0\r\n\r\n")
                        .read()
                        .status())
                .isEqualTo(301);
    }
}
