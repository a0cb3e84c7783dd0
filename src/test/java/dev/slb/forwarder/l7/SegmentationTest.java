package dev.slb.forwarder.l7;

import dev.slb.forwarder.transport.TransportKind;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.Packets;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/** However requests and answers are cut into packets, both sides see the same messages. */
@Sockets
class SegmentationTest {

    private HttpEdge edge;
    private volatile int cutAnswersAt = -1;
    private volatile Random cutAnswers;

    @BeforeEach
    void start() {
        edge = HttpEdge.start(TransportKind.AUTO);
        TcpServer server = edge.tcpServer(this::serve);
        edge.forwardTo(server.port());
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    /** Sends back what it understood of each request, framed as the request asks for. */
    private void serve(Socket connection) throws IOException {
        InputStream in = new BufferedInputStream(connection.getInputStream());
        HttpMessage request;
        while ((request = HttpMessage.read(in, true, false)) != null) {
            String answer = answer(request);
            if (cutAnswersAt >= 0) {
                Packets.sendCut(connection.getOutputStream(), answer, cutAnswersAt);
            } else if (cutAnswers != null) {
                sendRandomly(connection.getOutputStream(), answer, new Random(cutAnswers.nextLong()));
            } else {
                connection.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
            }
        }
    }

    private static String answer(HttpMessage request) {
        String understood =
                request.startLine() + "|" + request.header("X") + "|" + request.text() + "|" + request.trailerLines();
        if (request.target().equals("/empty")) {
            return "HTTP/1.1 204 No Content\r\n\r\n";
        }
        if (request.target().equals("/chunked")) {
            int half = understood.length() / 2;
            return "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n"
                    + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n"
                    + Integer.toHexString(half) + ";e=f\r\n" + understood.substring(0, half) + "\r\n"
                    + Integer.toHexString(understood.length() - half) + "\r\n" + understood.substring(half) + "\r\n"
                    + "0\r\nT: 1\r\n\r\n";
        }
        return "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nContent-Length: " + understood.length() + "\r\n\r\n"
                + understood;
    }

    private static void sendRandomly(OutputStream out, String text, Random random) throws IOException {
        for (int at = 0; at < text.length(); ) {
            int end = Math.min(text.length(), at + 1 + random.nextInt(random.nextBoolean() ? 4 : 2_000));
            out.write(text.substring(at, end).getBytes(StandardCharsets.ISO_8859_1));
            at = end;
            if (random.nextInt(8) == 0) {
                Packets.settle();
            }
        }
    }

    private record Sent(String text, String understood, int interim) {}

    private static Sent get(String target, String value) {
        return new Sent(
                "GET " + target + " HTTP/1.1\r\nHost: a\r\nX: " + value + "\r\nConnection: keep-alive\r\n\r\n",
                "GET " + target + " HTTP/1.1|" + value + "||[]",
                target.equals("/chunked") ? 1 : 0);
    }

    private static Sent post(String target, String value, String body) {
        return new Sent(
                "POST " + target + " HTTP/1.1\r\nX: " + value + "\r\nContent-Length: " + body.length()
                        + "\r\nHost: a\r\n\r\n" + body,
                "POST " + target + " HTTP/1.1|" + value + "|" + body + "|[]",
                target.equals("/chunked") ? 1 : 0);
    }

    private static Sent chunks(String target, String value, List<String> chunks) {
        StringBuilder body = new StringBuilder();
        chunks.forEach(chunk -> body.append(Integer.toHexString(chunk.length()))
                .append("\r\n")
                .append(chunk)
                .append("\r\n"));
        return new Sent(
                "PUT " + target + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nX: " + value + "\r\n\r\n"
                        + body + "0\r\nChecksum: " + value + "\r\n\r\n",
                "PUT " + target + " HTTP/1.1|" + value + "|" + String.join("", chunks) + "|[Checksum: " + value + "]",
                target.equals("/chunked") ? 1 : 0);
    }

    private static void assertAnswer(Sent sent, HttpClientSocket client, String description) throws IOException {
        for (int i = 0; i < sent.interim(); i++) {
            assertThat(client.read().status()).as(description).isEqualTo(103);
        }
        HttpMessage answer = client.read();
        assertThat(answer).as(description).isNotNull();
        if (sent.understood().contains(" /empty ")) {
            assertThat(answer.status()).as(description).isEqualTo(204);
        } else {
            assertThat(answer.text()).as(description).isEqualTo(sent.understood());
        }
    }

    private static final List<Sent> FIXED = List.of(
            get("/length", "1"),
            post("/chunked", "2", "body"),
            chunks("/length", "3", List.of("ab", "c")),
            get("/empty", "4"));

    @Test
    void requestsCutAtAnyByte() throws Exception {
        StringBuilder all = new StringBuilder();
        FIXED.forEach(sent -> all.append(sent.text()));
        HttpClientSocket client = edge.client();

        for (int cut = 0; cut <= all.length(); cut++) {
            Packets.sendCut(client.socket().getOutputStream(), all.toString(), cut);
            for (Sent sent : FIXED) {
                assertAnswer(sent, client, "cut at " + cut);
            }
        }
    }

    @Test
    void answersCutAtAnyByte() throws Exception {
        HttpClientSocket client = edge.client();
        for (int cut = 0; cut <= 220; cut++) {
            cutAnswersAt = cut;
            for (Sent sent : FIXED) {
                client.send(sent.text());
                assertAnswer(sent, client, "cut at " + cut);
            }
        }
    }

    @Test
    void randomTrafficCutAtRandom() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        cutAnswers = new Random(random.nextLong());
        for (int connection = 0; connection < 10; connection++) {
            List<Sent> messages = new ArrayList<>();
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < 30; i++) {
                messages.add(random(random));
                all.append(messages.get(i).text());
            }
            HttpClientSocket client = edge.client();
            Random cuts = new Random(random.nextLong());
            Thread sender = new Thread(() -> {
                try {
                    sendRandomly(client.socket().getOutputStream(), all.toString(), cuts);
                } catch (IOException e) {
                    // the reading side fails too, and tells why
                }
            });
            sender.start();
            for (int i = 0; i < messages.size(); i++) {
                assertAnswer(messages.get(i), client, "seed " + seed + ", connection " + connection + ", message " + i);
            }
            sender.join();
            client.close();
        }
    }

    private static Sent random(Random random) {
        String target = List.of("/length", "/chunked", "/empty").get(random.nextInt(3));
        String value = text(random, random.nextInt(10) == 0 ? 5_000 : 30);
        return switch (random.nextInt(3)) {
            case 0 -> get(target, value);
            case 1 -> post(target, value, text(random, random.nextInt(5) == 0 ? 100_000 : 100));
            default -> {
                List<String> chunks = new ArrayList<>();
                for (int i = random.nextInt(5); i >= 0; i--) {
                    chunks.add(text(random, random.nextInt(5) == 0 ? 20_000 : 20));
                }
                yield chunks(target, value, chunks);
            }
        };
    }

    private static String text(Random random, int upTo) {
        int length = 1 + random.nextInt(upTo);
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append((char) ('a' + random.nextInt(26)));
        }
        return text.toString();
    }
}
