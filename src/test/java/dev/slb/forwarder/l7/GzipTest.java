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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Answers that are compressed, and those that must not be. */
@ParameterizedClass
@EnumSource(value = TransportKind.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
@Sockets
class GzipTest {

    private static final String TEXT = "All work and no play makes Jack a dull boy.\n".repeat(100);

    private final TransportKind transport;
    private HttpEdge edge;

    GzipTest(TransportKind transport) {
        this.transport = transport;
    }

    @BeforeEach
    void start() {
        edge = HttpEdge.start(transport, 1);
    }

    @AfterEach
    void stop() throws Exception {
        if (edge != null) {
            edge.close();
        }
    }

    private HttpClientSocket serve(String answer) throws IOException {
        HttpServer server = edge.server(request -> HttpServer.raw(answer));
        edge.forwardTo(listener -> listener.gzip("text/plain", "text/css"), server.port());
        return edge.client();
    }

    private static String answer(String head) {
        return "HTTP/1.1 200 OK\r\n" + head + "Content-Length: " + TEXT.length() + "\r\n\r\n" + TEXT;
    }

    private static HttpMessage get(HttpClientSocket client, String encodings) throws IOException {
        return client.send("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: " + encodings + "\r\n\r\n")
                .read();
    }

    private static String unzip(HttpMessage answer) throws IOException {
        assertThat(answer.header("Content-Encoding")).isEqualTo("gzip");
        return new String(
                new GZIPInputStream(new ByteArrayInputStream(answer.body())).readAllBytes(),
                StandardCharsets.ISO_8859_1);
    }

    @Test
    void whatTheClientGetsIsSmallerAndMeansTheSame() throws Exception {
        HttpClientSocket client = serve(answer("Date: b\r\nContent-Type: Text/Plain; charset=utf-8\r\nETag: \"v1\"\r\n"
                + "Accept-Ranges: bytes\r\nX-Other: kept\r\n"));

        for (int i = 0; i < 3; i++) { // the connection goes on, and the compressor is used again
            HttpMessage answer = get(client, "br;q=1.0, gzip;q=0.8, *;q=0.1");

            assertThat(unzip(answer)).isEqualTo(TEXT);
            assertThat(answer.body()).hasSizeLessThan(TEXT.length() / 10);
            assertThat(answer.headerLines())
                    .containsExactly(
                            "Date: b",
                            "Content-Type: Text/Plain; charset=utf-8",
                            "ETag: W/\"v1\"",
                            "X-Other: kept",
                            "Content-Encoding: gzip",
                            "Transfer-Encoding: chunked",
                            "Vary: Accept-Encoding");
        }
    }

    @Test
    void chunkedBodiesAreTakenApartAndTrailersStay() throws Exception {
        StringBuilder chunks = new StringBuilder();
        for (int i = 0; i < TEXT.length(); i += 400) {
            String chunk = TEXT.substring(i, Math.min(TEXT.length(), i + 400));
            chunks.append(Integer.toHexString(chunk.length()))
                    .append(";x=y\r\n")
                    .append(chunk)
                    .append("\r\n");
        }
        HttpClientSocket client = serve("HTTP/1.1 200 OK\r\nContent-Type: text/css\r\nTransfer-Encoding: chunked\r\n"
                + "Vary: Cookie, accept-encoding\r\n\r\n" + chunks + "0\r\nX-Sum: 7\r\n\r\n");

        for (int i = 0; i < 2; i++) {
            HttpMessage answer = get(client, "gzip");
            assertThat(unzip(answer)).isEqualTo(TEXT);
            assertThat(answer.trailerLines()).containsExactly("X-Sum: 7");
            assertThat(answer.headers("Vary")).containsExactly("Cookie, accept-encoding");
            assertThat(answer.headers("Transfer-Encoding")).containsExactly("chunked");
        }
    }

    @Test
    void bodiesThatOnlyTheConnectionEndsAreFramedByUs() throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            connection.getInputStream().read(new byte[1000]);
            connection
                    .getOutputStream()
                    .write(HttpServer.raw("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" + TEXT));
        });
        edge.forwardTo(listener -> listener.gzip("text/plain"), server.port());
        HttpClientSocket client = edge.client();

        for (int i = 0; i < 2; i++) {
            HttpMessage answer = get(client, "x-gzip");
            assertThat(answer.startLine()).isEqualTo("HTTP/1.1 200 OK");
            assertThat(unzip(answer)).isEqualTo(TEXT);
            assertThat(answer.header("Connection")).isNull();
        }
    }

    @Test
    void anEmptyChunkedBodyIsAGoodGzipToo() throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            connection.getInputStream().read(new byte[1000]);
            OutputStream out = connection.getOutputStream();
            out.write(HttpServer.raw(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"));
            connection.getInputStream().read(new byte[1]);
            out.write(HttpServer.raw("0\r\n\r\n"));
        });
        edge.forwardTo(listener -> listener.gzip("text/plain"), server.port());
        HttpClientSocket client = edge.client();
        client.send("POST / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nContent-Length: 1\r\n\r\n");
        skipHead(client.in());
        client.send("x");

        byte[] body = chunk(client.in());
        assertThat(new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes())
                .isEmpty();
        assertThat(chunk(client.in())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gzip|true",
                "GZIP|true",
                "gzip;q=0.001|true",
                "gzip; q=1|true",
                "*|true",
                "deflate, *;q=0.5|true",
                "identity, gzip|true",
                "gzip;q=0|false",
                "gzip;q=0.0|false",
                "*;q=0|false",
                "gzip;q=0, *|false",
                "identity, gzip;q=0.5|false",
                "gzip;q=rubbish|false",
                "gzip;q=2|false",
                "gzip;q=1.001|false",
                "gzip;q=0.1234|false",
                "gzip;q=.5|false",
                "gzip;q=1.|true",
                "gzip ; Q=1.000 |true",
                "gzip;level=9|false",
                "gzip;|false",
                "gzip;q=0, x-gzip|false",
                "x-gzip, gzip;q=0|false",
                ", ,gzip,|true",
                "*;q=0.5, gzip;q=0|false",
                "identity;q=0|false",
                "identity;q=0, *|true",
                "identity;q=0.5, gzip;q=0.5|true",
                "br, deflate|false",
                "notgzip|false",
                "''|false"
            })
    void whatTheClientAcceptsCounts(String encodings, boolean compressed) throws Exception {
        HttpMessage answer = get(serve(answer("Content-Type: text/plain\r\n")), encodings);

        assertThat(answer.header("Content-Encoding")).isEqualTo(compressed ? "gzip" : null);
        assertThat(compressed ? unzip(answer) : answer.text()).isEqualTo(TEXT);
        // Also what went uncompressed depends on it.
        assertThat(answer.headers("Vary")).containsExactly("Accept-Encoding");
    }

    @Test
    void withoutAWordOfItNothingIsCompressed() throws Exception {
        HttpMessage answer = serve(answer("Content-Type: text/plain\r\n")).get("/");

        assertThat(answer.header("Content-Length")).isEqualTo("" + TEXT.length());
        assertThat(answer.text()).isEqualTo(TEXT);
        assertThat(answer.header("Vary")).isEqualTo("Accept-Encoding");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Type: text/html\r\n",
                "X: y\r\n",
                "Content-Type: text/plain\r\nContent-Encoding: br\r\n",
                "Content-Type: text/plain\r\nCache-Control: public, no-transform\r\n",
                "Content-Type: text/plain\r\nCache-Control: ext=\"a,b\" , No-Transform\r\n",
                "Content-Type: text/plain\r\nContent-MD5: x\r\n",
                "Content-Type: text/plain\r\nRepr-Digest: sha-256=:x:\r\n"
            })
    void someAnswersPassAsTheyAre(String head) throws Exception {
        HttpMessage answer = get(serve(answer(head + "ETag: \"v1\"\r\n")), "gzip");

        assertThat(answer.text()).isEqualTo(TEXT);
        assertThat(answer.header("Content-Length")).isEqualTo("" + TEXT.length());
        assertThat(answer.header("ETag")).isEqualTo("\"v1\"");
        // The resource may have others, which would be compressed.
        assertThat(answer.header("Vary")).isEqualTo(head.contains("text/plain") ? "Accept-Encoding" : null);
    }

    @Test
    void aWordInQuotesIsNoDirective() throws Exception {
        HttpMessage answer = get(
                serve(answer(
                        "Content-Type: text/plain\r\nCache-Control: ext=\"a, no-transform, \\\", no-transform\"\r\n")),
                "gzip");
        assertThat(unzip(answer)).isEqualTo(TEXT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Range: bytes=0-", "Cache-Control: max-age=0, no-transform"})
    void someRequestsGetWhatTheServerSends(String field) throws Exception {
        HttpMessage answer = serve(answer("Content-Type: text/plain\r\nETag: \"v1\"\r\n"))
                .send("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n" + field + "\r\n\r\n")
                .read();

        assertThat(answer.text()).isEqualTo(TEXT);
        assertThat(answer.header("ETag")).isEqualTo("\"v1\"");
        assertThat(answer.header("Vary")).isEqualTo("Accept-Encoding");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "206 Partial|Content-Type: text/plain\\r\\nContent-Range: bytes 0-9/99|Accept-Encoding",
                "200 OK|Content-Type: text/plain|Accept-Encoding", // small, this time
                "200 OK|Content-Type: text/plain\\r\\nVary: Cookie|Cookie, Accept-Encoding",
                "200 OK|Content-Type: text/plain\\r\\nVary: *|*",
                "404 No|Content-Type: text/plain|",
                "206 Partial|Content-Type: image/png\\r\\nContent-Range: bytes 0-9/99|"
            })
    void cachesAreToldOfEveryAnswerOfAResourceThatMayBeCompressed(String status, String fields, String vary)
            throws Exception {
        HttpMessage answer = get(
                serve("HTTP/1.1 " + status + "\r\n" + fields.replace("\\r\\n", "\r\n")
                        + "\r\nContent-Length: 10\r\n\r\n0123456789"),
                "gzip");
        assertThat(answer.text()).isEqualTo("0123456789");
        assertThat(String.join(", ", answer.headers("Vary"))).isEqualTo(vary == null ? "" : vary);
    }

    @Test
    void theHeadOfAnAnswerIsThatOfItsGet() throws Exception {
        HttpClientSocket client =
                serve(answer("Date: b\r\nContent-Type: text/plain\r\nETag: \"v1\"\r\nAccept-Ranges: bytes\r\n"));
        HttpMessage get = get(client, "gzip");
        for (int i = 0; i < 2; i++) {
            HttpMessage head = client.send("HEAD / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
                    .readHead();
            assertThat(head.headerLines()).isEqualTo(get.headerLines());
        }
        HttpMessage plain = client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").readHead();
        assertThat(plain.headerLines()).isEqualTo(client.get("/").headerLines());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "W/\"v1\"|W/\"v1\"",
                "\"v1\"|W/\"v1\"",
                "W/\"a,\"|W/\"a,\"",
                "v1|", // neither weak nor strong, so nothing that could be told apart
                "w/\"v1\"|"
            })
    void whatIsCompressedHasAWeakValidator(String etag, String expected) throws Exception {
        HttpMessage answer = get(serve(answer("Content-Type: text/plain\r\nETag: " + etag + "\r\n")), "gzip");
        assertThat(unzip(answer)).isEqualTo(TEXT);
        assertThat(answer.header("ETag")).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // what the client has | what the server is asked | the validator of its 304 | what the client gets
                "W/\"v1\"|W/\"v1\", \"v1\"|\"v1\"|W/\"v1\"",
                "W/\"v1\"|W/\"v1\", \"v1\"|W/\"v1\"|W/\"v1\"",
                "\"v1\"|\"v1\"|\"v1\"|\"v1\"",
                "\"v1\", W/\"v1\"|\"v1\", W/\"v1\"|\"v1\"|W/\"v1\"",
                "\"v0\",W/\"a,b\" , W/\"v1\"|\"v0\",W/\"a,b\" , W/\"v1\", \"a,b\", \"v1\"|\"v1\"|W/\"v1\"",
                "W/\"v0\", \"v1\"|W/\"v0\", \"v1\", \"v0\"|\"v1\"|\"v1\"",
                "*|*|\"v1\"|\"v1\"",
                "W/v1|W/v1|\"v1\"|\"v1\"",
                "W/\"v1|W/\"v1|\"v1\"|\"v1\""
            })
    void aValidatorThatWasWeakenedStillMatches(String has, String asked, String validator, String gets)
            throws Exception {
        HttpServer server =
                edge.server(request -> HttpServer.raw("HTTP/1.1 304 Not Modified\r\nETag: " + validator + "\r\n\r\n"));
        edge.forwardTo(listener -> listener.gzip("text/plain"), server.port());
        HttpMessage answer = edge.client()
                .send("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nIf-None-Match: " + has + "\r\n\r\n")
                .read();

        assertThat(server.lastRequest().header("If-None-Match")).isEqualTo(asked);
        assertThat(answer.status()).isEqualTo(304);
        assertThat(answer.header("ETag")).isEqualTo(gets);
        assertThat(answer.header("Vary")).isEqualTo("Accept-Encoding");
    }

    /** What the client has was chunked: a length must be that of the answer 200 (RFC 9110, section 8.6). */
    @Test
    void whatTellsThatACompressedAnswerIsStillGoodNamesNoLengthOfAnother() throws Exception {
        HttpClientSocket client = serve("HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\nContent-Length: 9000\r\n\r\n");
        HttpMessage answer = client.send(
                        "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nIf-None-Match: W/\"v1\"\r\n\r\n")
                .read();
        assertThat(answer.header("ETag")).isEqualTo("W/\"v1\"");
        assertThat(answer.header("Content-Length")).isNull();

        answer = client.send("GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"v1\"\r\n\r\n")
                .read();
        assertThat(answer.header("Content-Length")).isEqualTo("9000");
    }

    @Test
    void whoDoesNotTakeGzipHasTheValidatorOfTheServer() throws Exception {
        HttpClientSocket client = serve("HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n");
        HttpMessage answer = client.send("GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: W/\"v1\", \"v1\"\r\n\r\n")
                .read();
        assertThat(answer.header("ETag")).isEqualTo("\"v1\"");
        // It has nothing else, so that is what the answer is about.
        answer = client.send("GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: W/\"v1\"\r\n\r\n")
                .read();
        assertThat(answer.header("ETag")).isEqualTo("W/\"v1\"");
    }

    @Test
    void conditionsThatNeedAStrongValidatorGetNone() throws Exception {
        HttpServer server = edge.server("a");
        edge.forwardTo(listener -> listener.gzip("text/plain"), server.port());
        edge.client()
                .send("PUT / HTTP/1.1\r\nHost: a\r\nIf-Match: W/\"v1\"\r\nIf-Range: W/\"v1\"\r\n"
                        + "Content-Length: 0\r\n\r\n")
                .read();
        assertThat(server.lastRequest().headers("If-Match")).containsExactly("W/\"v1\"");
        assertThat(server.lastRequest().headers("If-Range")).containsExactly("W/\"v1\"");
    }

    @Test
    void withoutGzipConditionsPassAsTheyAre() throws Exception {
        HttpServer server = edge.server("a");
        edge.forwardTo(server.port());
        edge.client()
                .send("GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: W/\"v1\"\r\n\r\n")
                .read();
        assertThat(server.lastRequest().headers("If-None-Match")).containsExactly("W/\"v1\"");
    }

    @ParameterizedTest
    @ValueSource(ints = {206, 404, 500})
    void otherStatusesPassAsTheyAre(int status) throws Exception {
        HttpMessage answer =
                get(serve(answer("Content-Type: text/plain\r\n").replace("200 OK", status + " X")), "gzip");

        assertThat(answer.text()).isEqualTo(TEXT);
    }

    @Test
    void smallOnesPassAsTheyAreAndThoseForOldClientsToo() throws Exception {
        HttpClientSocket client =
                serve("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 255\r\n\r\n" + "x".repeat(255));
        assertThat(get(client, "gzip").text()).hasSize(255);

        client = serve(answer("Content-Type: text/plain\r\n"));
        HttpMessage old =
                client.send("GET / HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n").read();
        assertThat(old.text()).isEqualTo(TEXT);
        assertThat(old.header("Vary")).isEqualTo("Accept-Encoding");
    }

    @Test
    void whatAServerSendsBeforeAPauseReachesTheClient() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        TcpServer server = edge.tcpServer(connection -> {
            connection.getInputStream().read(new byte[1000]);
            OutputStream out = connection.getOutputStream();
            out.write(HttpServer.raw(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n"));
            await(read);
            out.write(HttpServer.raw("6\r\nsecond\r\n0\r\n\r\n"));
        });
        edge.forwardTo(listener -> listener.gzip("text/plain"), server.port());
        HttpClientSocket client = edge.client();
        client.send("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");

        Inflater inflater = new Inflater(true);
        byte[] text = new byte[11];
        skipHead(client.in());
        inflateChunks(client.in(), inflater, text, 5);
        assertThat(new String(text, 0, 5, StandardCharsets.US_ASCII)).isEqualTo("first");
        read.countDown();
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        for (byte[] chunk = chunk(client.in()); chunk.length > 0; chunk = chunk(client.in())) {
            rest.writeBytes(chunk);
        }
        inflater.setInput(rest.toByteArray());
        assertThat(inflater.inflate(text, 5, 6)).isEqualTo(6);
        assertThat(new String(text, StandardCharsets.US_ASCII)).isEqualTo("firstsecond");
        inflater.end();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void skipHead(InputStream in) throws IOException {
        int last = 0;
        while (last != 0x0d0a0d0a) {
            last = last << 8 | in.read();
        }
    }

    private static byte[] chunk(InputStream in) throws IOException {
        StringBuilder size = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            size.append((char) b);
        }
        byte[] data = in.readNBytes(Integer.parseInt(size.toString().strip(), 16));
        in.readNBytes(2);
        return data;
    }

    /** Reads chunks until so much text has come out of them. */
    private static void inflateChunks(InputStream in, Inflater inflater, byte[] text, int length) throws Exception {
        int inflated = 0;
        boolean first = true;
        while (inflated < length) {
            byte[] chunk = chunk(in);
            inflater.setInput(chunk, first ? 10 : 0, chunk.length - (first ? 10 : 0));
            first = false;
            inflated += inflater.inflate(text, inflated, length - inflated);
        }
    }

    @Test
    void aLargeAnswerGoesThroughInPieces() throws Exception {
        byte[] data = new byte[3_000_000];
        Random random = new Random(7);
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) ('a' + random.nextInt(i % 30_000 < 20_000 ? 26 : 1));
        }
        TcpServer server = edge.tcpServer(connection -> {
            connection.getInputStream().read(new byte[1000]);
            OutputStream out = connection.getOutputStream();
            out.write(HttpServer.raw(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + data.length + "\r\n\r\n"));
            for (int i = 0; i < data.length; i += 33_333) {
                out.write(data, i, Math.min(33_333, data.length - i));
            }
            connection.getInputStream().read();
        });
        edge.forwardTo(listener -> listener.gzip("text/plain"), server.port());

        assertThat(unzip(get(edge.client(), "gzip")).getBytes(StandardCharsets.ISO_8859_1))
                .isEqualTo(data);
    }

    @Test
    void aBodyThatBreaksOffLooksBroken() throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            connection.getInputStream().read(new byte[1000]);
            connection.getOutputStream().write(HttpServer.raw(answer("Content-Type: text/plain\r\n")), 0, 1000);
        });
        edge.forwardTo(listener -> listener.gzip("text/plain"), server.port());

        HttpClientSocket client = edge.client();
        client.send("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");

        assertThatThrownBy(client::read).isInstanceOf(IOException.class);
    }
}
