package dev.slb.forwarder.l7;

import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.BackendPlan;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.RunningForwarder;
import dev.slb.testing.TcpServer;
import io.netty.handler.codec.http2.Http2Headers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

import static dev.slb.testing.Http2Socket.status;
import static dev.slb.testing.RunningForwarder.await;

/** Listeners for clients of HTTP/1 and HTTP/2 in front of one server that follows a script, in any version. */
final class VersionsEdge implements AutoCloseable {

    /** Who speaks what: every pair of them is to be the same. */
    enum Versions {
        HTTP1_TO_HTTP1(false, BackendPlan.Protocol.HTTP),
        HTTP1_TO_H2C(false, BackendPlan.Protocol.H2C),
        HTTP1_TO_GRPC(false, BackendPlan.Protocol.GRPC),
        HTTP2_TO_HTTP1(true, BackendPlan.Protocol.HTTP),
        HTTP2_TO_H2C(true, BackendPlan.Protocol.H2C),
        HTTP2_TO_GRPC(true, BackendPlan.Protocol.GRPC);

        final boolean http2Client;
        private final BackendPlan.Protocol server;

        Versions(boolean http2Client, BackendPlan.Protocol server) {
            this.http2Client = http2Client;
            this.server = server;
        }

        boolean isHttp2Server() {
            return server != BackendPlan.Protocol.HTTP;
        }
    }

    /** The server's end of one request, in its version. */
    record Asked(Socket connection, Http2Socket http2, int stream) {

        private static Asked await(Versions versions, Socket connection) throws IOException {
            if (versions.isHttp2Server()) {
                Http2Socket http2 = Http2Socket.accept(connection);
                return new Asked(connection, http2, http2.awaitRequest());
            }
            HttpMessage.read(connection.getInputStream(), true, true);
            return new Asked(connection, null, 0);
        }

        void interim(int status, String link) throws IOException {
            if (http2 != null) {
                http2.fields(stream, status(status).add("link", link), false);
            } else {
                raw("HTTP/1.1 " + status + " Interim\r\nLink: " + link + "\r\n\r\n");
            }
        }

        void ok() throws IOException {
            if (http2 != null) {
                http2.fields(stream, status(200).add("content-length", "0"), true);
            } else {
                raw("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        }

        void malformed() throws IOException {
            if (http2 != null) {
                Http2Headers fields = status(200);
                fields.remove(":status");
                http2.fields(stream, fields, true);
            } else {
                raw("GARBAGE\r\n\r\n");
            }
        }

        /** The head of an answer of 100 bytes, and the first three of them. */
        void begin() throws IOException {
            if (http2 != null) {
                http2.fields(stream, status(200).add("content-length", "100"), false);
                http2.data(stream, "abc", false);
            } else {
                raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
            }
        }

        void raw(String text) throws IOException {
            connection.getOutputStream().write(HttpServer.raw(text));
        }

        void awaitEnd() throws IOException {
            connection.getInputStream().readAllBytes();
        }
    }

    interface Script {
        void run(Asked asked) throws IOException;
    }

    private final HttpEdge edge;
    private final Path file;
    private final int clearPort = Loopback.freePort();

    private VersionsEdge(Path file) {
        this.file = file;
        edge = HttpEdge.start(TransportKind.AUTO, file).http2();
    }

    /** Its access log is in this folder, a line having status, reason and the server's status. */
    static VersionsEdge start(Path folder) {
        return new VersionsEdge(folder.resolve("access.log"));
    }

    TcpServer serve(Versions versions, Consumer<ListenerPlanBuilder> options, Script script) {
        TcpServer server = edge.tcpServer(connection -> script.run(Asked.await(versions, connection)));
        Consumer<ListenerPlanBuilder> all =
                listener -> options.accept(listener.backend(new BackendPlan(versions.server, null))
                        .accessLog("$status $slb_reason $upstream_status"));
        edge.forwardTo(all, server.port());
        ListenerPlanBuilder clear = ListenerPlanBuilder.http("clear", clearPort);
        all.accept(clear);
        edge.forwarder().serve(clear.build());
        return server;
    }

    HttpClientSocket http1Client() throws IOException {
        return edge.closing(HttpClientSocket.connect(clearPort));
    }

    Http2Socket http2Client() throws IOException {
        return edge.http2Client();
    }

    RunningForwarder forwarder() {
        return edge.forwarder();
    }

    /** The lines of the access log, once there are so many. */
    List<String> lines(int count) {
        await(() -> Files.readString(file).lines().count() >= count);
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws Exception {
        edge.close();
    }
}
