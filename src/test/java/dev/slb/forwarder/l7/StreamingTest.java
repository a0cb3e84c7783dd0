package dev.slb.forwarder.l7;

import dev.slb.forwarder.transport.TransportKind;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Bodies larger than what may be in memory, and ends that are slower than their senders. */
@ParameterizedClass
@EnumSource(value = TransportKind.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
@Sockets
class StreamingTest {

    /** More than the kernel's buffers of both connections can grow to: receive buffers of 32 MiB are not unusual. */
    private static final long LENGTH = 192L * 1024 * 1024;

    private static final long ALLOWED_MEMORY = 16L * 1024 * 1024;
    private static final int BLOCK = 64 * 1024;

    private final TransportKind transport;
    private HttpEdge edge;
    private long memoryBefore;

    StreamingTest(TransportKind transport) {
        this.transport = transport;
    }

    @BeforeEach
    void start() {
        edge = HttpEdge.start(transport);
        memoryBefore = memory();
    }

    @AfterEach
    void stop() throws Exception {
        if (edge != null) {
            edge.close();
        }
    }

    private static long memory() {
        return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT)
                .metric()
                .usedDirectMemory();
    }

    private void assertMemoryIsBounded() {
        assertThat(memory() - memoryBefore).as("direct memory more than before").isLessThan(ALLOWED_MEMORY);
    }

    private static byte pattern(long position) {
        return (byte) (position * 31 + (position >> 16));
    }

    private void write(OutputStream out, AtomicLong written) throws IOException {
        byte[] block = new byte[BLOCK];
        for (long at = 0; at < LENGTH; at += BLOCK) {
            for (int i = 0; i < BLOCK; i++) {
                block[i] = pattern(at + i);
            }
            out.write(block);
            written.set(at + BLOCK);
        }
    }

    private void readAndCheck(InputStream in) throws IOException {
        byte[] block = new byte[BLOCK];
        for (long at = 0; at < LENGTH; ) {
            int count = in.read(block, 0, (int) Math.min(BLOCK, LENGTH - at));
            if (count < 0) {
                throw new EOFException("after " + at);
            }
            for (int i = 0; i < count; i++, at++) {
                if (block[i] != pattern(at)) {
                    throw new IOException("wrong byte at " + at);
                }
            }
            if (at % (8 * 1024 * 1024) < count) {
                assertMemoryIsBounded();
            }
        }
    }

    @Test
    void aLargeAnswerPassesInBoundedMemory() throws Exception {
        AtomicLong written = new AtomicLong();
        TcpServer server = edge.tcpServer(connection -> {
            HttpMessage.read(connection.getInputStream(), true, false);
            connection
                    .getOutputStream()
                    .write(HttpServer.raw("HTTP/1.1 200 OK\r\nContent-Length: " + LENGTH + "\r\n\r\n"));
            write(connection.getOutputStream(), written);
            connection.getInputStream().read();
        });
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
        assertThat(HttpMessage.read(client.in(), false, true).status()).isEqualTo(200);
        readAndCheck(client.in());
    }

    @Test
    void aLargeRequestPassesInBoundedMemory() throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            HttpMessage.read(connection.getInputStream(), true, true);
            readAndCheck(connection.getInputStream());
            connection.getOutputStream().write(HttpServer.ok("complete"));
        });
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: " + LENGTH + "\r\n\r\n");
        write(client.socket().getOutputStream(), new AtomicLong());

        assertThat(client.read().text()).isEqualTo("complete");
    }

    @Test
    void aClientThatDoesNotReadHoldsTheServerBack() throws Exception {
        AtomicLong written = new AtomicLong();
        TcpServer server = edge.tcpServer(connection -> {
            HttpMessage.read(connection.getInputStream(), true, false);
            connection
                    .getOutputStream()
                    .write(HttpServer.raw("HTTP/1.1 200 OK\r\nContent-Length: " + LENGTH + "\r\n\r\n"));
            write(connection.getOutputStream(), written);
            connection.getInputStream().read();
        });
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
        awaitStall(written);
        assertMemoryIsBounded();

        assertThat(HttpMessage.read(client.in(), false, true).status()).isEqualTo(200);
        readAndCheck(client.in());
    }

    @Test
    void aServerThatDoesNotReadHoldsTheClientBack() throws Exception {
        CompletableFuture<Void> goOn = new CompletableFuture<>();
        TcpServer server = edge.tcpServer(connection -> {
            HttpMessage.read(connection.getInputStream(), true, true);
            goOn.join();
            readAndCheck(connection.getInputStream());
            connection.getOutputStream().write(HttpServer.ok("complete"));
        });
        edge.forwardTo(listener -> listener.requestMillis(120_000), server.port());
        HttpClientSocket client = edge.client();
        AtomicLong written = new AtomicLong();

        client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: " + LENGTH + "\r\n\r\n");
        Thread sender = new Thread(() -> {
            try {
                write(client.socket().getOutputStream(), written);
            } catch (IOException e) {
                goOn.completeExceptionally(e);
            }
        });
        sender.start();
        awaitStall(written);
        assertMemoryIsBounded();
        goOn.complete(null);

        assertThat(client.read().text()).isEqualTo("complete");
        sender.join();
    }

    /** Waits until the sender has been unable to write for a while. */
    private static void awaitStall(AtomicLong written) {
        long[] last = {-1, 0};
        await(() -> {
            long now = written.get();
            if (now == 0 || now != last[0]) {
                last[0] = now;
                last[1] = System.nanoTime();
            }
            return now > 0 && System.nanoTime() - last[1] > TimeUnit.MILLISECONDS.toNanos(500);
        });
        assertThat(written.get()).isLessThan(LENGTH);
    }
}
