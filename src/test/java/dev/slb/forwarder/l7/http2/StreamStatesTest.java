package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.HttpEdge;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.BackendPlan;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.Http2Socket.number;
import static dev.slb.testing.Http2Socket.request;
import static dev.slb.testing.Http2Socket.status;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The states of a stream and the frames that may come in each (RFC 9113, sections 5.1 and 6), towards clients and towards servers:
 * what is taken or ignored, what is an error of the stream, and what is one of the connection.
 */
@Sockets
class StreamStatesTest {

    private static final BackendPlan H2C = new BackendPlan(BackendPlan.Protocol.H2C, null);
    private static final int PUSH_PROMISE = 5;
    private static final int UNKNOWN = 0x42;
    private static final int PRIORITY_FLAG = 0x20;
    private static final int NONE = -1;

    /** One for all: each test has a server and connections of its own. */
    private static HttpEdge edge;

    @BeforeAll
    static void start() {
        edge = HttpEdge.http2(TransportKind.AUTO);
    }

    @AfterAll
    static void stop() throws Exception {
        edge.close();
    }

    private enum Frame {
        DATA {
            @Override
            void send(Http2Socket to, int stream) throws IOException {
                to.data(stream, "x", false);
            }
        },
        FIELDS {
            @Override
            void send(Http2Socket to, int stream) throws IOException {
                to.fields(stream, new DefaultHttp2Headers().add("x", "y"), true);
            }
        },
        PRIORITY {
            @Override
            void send(Http2Socket to, int stream) throws IOException {
                to.send(Http2Socket.PRIORITY, 0, stream, new byte[5]);
            }
        },
        PRIORITY_ON_ITSELF {
            @Override
            void send(Http2Socket to, int stream) throws IOException {
                to.send(Http2Socket.PRIORITY, 0, stream, Arrays.copyOf(number(stream), 5));
            }
        },
        RESET {
            @Override
            void send(Http2Socket to, int stream) throws IOException {
                to.reset(stream, (int) Http2Error.CANCEL.code());
            }
        },
        SHORT_RESET {
            @Override
            void send(Http2Socket to, int stream) throws IOException {
                to.send(Http2Socket.RST_STREAM, 0, stream, new byte[3]);
            }
        },
        WINDOW {
            @Override
            void send(Http2Socket to, int stream) throws IOException {
                to.send(Http2Socket.WINDOW_UPDATE, 0, stream, number(1));
            }
        },
        WINDOW_OF_NOTHING {
            @Override
            void send(Http2Socket to, int stream) throws IOException {
                to.send(Http2Socket.WINDOW_UPDATE, 0, stream, number(0));
            }
        },
        WINDOW_BEYOND_BOUNDS {
            @Override
            void send(Http2Socket to, int stream) throws IOException {
                to.send(Http2Socket.WINDOW_UPDATE, 0, stream, number(Integer.MAX_VALUE));
            }
        },
        CONTINUATION {
            @Override
            void send(Http2Socket to, int stream) throws IOException {
                to.send(Http2Socket.CONTINUATION, Http2Socket.END_HEADERS, stream, new byte[0]);
            }
        },
        PUSH {
            @Override
            void send(Http2Socket to, int stream) throws IOException {
                byte[] fields = to.encode(request("GET", "/pushed"));
                byte[] payload = Arrays.copyOf(number(2), 4 + fields.length);
                System.arraycopy(fields, 0, payload, 4, fields.length);
                to.send(PUSH_PROMISE, Http2Socket.END_HEADERS, stream, payload);
            }
        },
        OTHER {
            @Override
            void send(Http2Socket to, int stream) throws IOException {
                to.send(UNKNOWN, 0, stream, new byte[3]);
            }
        };

        abstract void send(Http2Socket to, int stream) throws IOException;
    }

    private static int code(String error) {
        return error.equals("-") ? NONE : (int) Http2Error.valueOf(error).code();
    }

    // As a server, to clients

    private enum OfClient {
        IDLE {
            @Override
            int reach(Http2Socket client) {
                return 99;
            }
        },
        OF_A_SERVER {
            @Override
            int reach(Http2Socket client) {
                return 2;
            }
        },
        OPEN {
            @Override
            int reach(Http2Socket client) throws IOException {
                return client.open(request("POST", "/never"), false);
            }
        },
        ENDED_BY_CLIENT {
            @Override
            int reach(Http2Socket client) throws IOException {
                return client.get("/never");
            }
        },
        ENDED_BY_BOTH {
            @Override
            int reach(Http2Socket client) throws IOException {
                int stream = client.get("/");
                client.answer(stream);
                return stream;
            }
        },
        RESET_BY_CLIENT {
            @Override
            int reach(Http2Socket client) throws IOException {
                int stream = client.get("/never");
                client.reset(stream, (int) Http2Error.CANCEL.code());
                return stream;
            }
        },
        RESET_BY_US {
            @Override
            int reach(Http2Socket client) throws IOException {
                int stream = client.open(request("POST", "/never").add("content-length", "1"), false);
                client.data(stream, "xx", false);
                return awaitReset(client, stream, Http2Error.PROTOCOL_ERROR);
            }
        },
        /** One too many. */
        REFUSED {
            @Override
            int reach(Http2Socket client) throws IOException {
                int first = client.get("/never");
                for (int i = 1; i < Http2Codec.MAX_STREAMS; i++) {
                    client.get("/never");
                }
                int stream = client.open(request("POST", "/never"), false);
                awaitReset(client, stream, Http2Error.REFUSED_STREAM);
                client.reset(first, (int) Http2Error.CANCEL.code()); // there is room again
                return stream;
            }
        },
        /** Its head is malformed, so that there never was such a stream. */
        REFUSED_BY_ITS_HEAD {
            @Override
            int reach(Http2Socket client) throws IOException {
                int stream = client.open(request("POST", "/never").add("connection", "close"), false);
                return awaitReset(client, stream, Http2Error.PROTOCOL_ERROR);
            }
        },
        /** Passed over: a later one was opened. */
        SKIPPED {
            @Override
            int reach(Http2Socket client) throws IOException {
                client.fields(101, request("GET", "/"), true);
                client.answer(101);
                client.nextStream(103);
                return 99;
            }
        };

        abstract int reach(Http2Socket client) throws IOException;

        private static int awaitReset(Http2Socket client, int stream, Http2Error why) throws IOException {
            assertThat(client.answer(stream).reset).isEqualTo((int) why.code());
            client.soFar(stream).reset = NONE;
            return stream;
        }
    }

    /** The errors of the stream and of the connection; without one the frame is taken, or ignored. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    IDLE                | DATA                 | -                  | PROTOCOL_ERROR
                    IDLE                | FIELDS               | PROTOCOL_ERROR     | -
                    IDLE                | PRIORITY             | -                  | -
                    IDLE                | PRIORITY_ON_ITSELF   | PROTOCOL_ERROR     | -
                    IDLE                | RESET                | -                  | PROTOCOL_ERROR
                    IDLE                | SHORT_RESET          | -                  | PROTOCOL_ERROR
                    IDLE                | WINDOW               | -                  | PROTOCOL_ERROR
                    IDLE                | WINDOW_OF_NOTHING    | -                  | PROTOCOL_ERROR
                    IDLE                | WINDOW_BEYOND_BOUNDS | -                  | PROTOCOL_ERROR
                    IDLE                | CONTINUATION         | -                  | PROTOCOL_ERROR
                    IDLE                | PUSH                 | -                  | PROTOCOL_ERROR
                    IDLE                | OTHER                | -                  | -
                    OF_A_SERVER         | DATA                 | -                  | PROTOCOL_ERROR
                    OF_A_SERVER         | FIELDS               | -                  | PROTOCOL_ERROR
                    OF_A_SERVER         | PRIORITY             | -                  | -
                    OF_A_SERVER         | RESET                | -                  | PROTOCOL_ERROR
                    OF_A_SERVER         | WINDOW               | -                  | PROTOCOL_ERROR
                    OF_A_SERVER         | WINDOW_OF_NOTHING    | -                  | PROTOCOL_ERROR
                    OPEN                | DATA                 | -                  | -
                    OPEN                | FIELDS               | -                  | -
                    OPEN                | PRIORITY             | -                  | -
                    OPEN                | PRIORITY_ON_ITSELF   | PROTOCOL_ERROR     | -
                    OPEN                | RESET                | -                  | -
                    OPEN                | SHORT_RESET          | -                  | FRAME_SIZE_ERROR
                    OPEN                | WINDOW               | -                  | -
                    OPEN                | WINDOW_OF_NOTHING    | PROTOCOL_ERROR     | -
                    OPEN                | WINDOW_BEYOND_BOUNDS | FLOW_CONTROL_ERROR | -
                    OPEN                | CONTINUATION         | -                  | PROTOCOL_ERROR
                    OPEN                | PUSH                 | -                  | PROTOCOL_ERROR
                    OPEN                | OTHER                | -                  | -
                    ENDED_BY_CLIENT     | DATA                 | STREAM_CLOSED      | -
                    ENDED_BY_CLIENT     | FIELDS               | STREAM_CLOSED      | -
                    ENDED_BY_CLIENT     | PRIORITY             | -                  | -
                    ENDED_BY_CLIENT     | RESET                | -                  | -
                    ENDED_BY_CLIENT     | WINDOW               | -                  | -
                    ENDED_BY_CLIENT     | WINDOW_OF_NOTHING    | PROTOCOL_ERROR     | -
                    ENDED_BY_CLIENT     | WINDOW_BEYOND_BOUNDS | FLOW_CONTROL_ERROR | -
                    ENDED_BY_BOTH       | DATA                 | STREAM_CLOSED      | -
                    ENDED_BY_BOTH       | FIELDS               | -                  | STREAM_CLOSED
                    ENDED_BY_BOTH       | PRIORITY             | -                  | -
                    ENDED_BY_BOTH       | RESET                | -                  | -
                    ENDED_BY_BOTH       | SHORT_RESET          | -                  | FRAME_SIZE_ERROR
                    ENDED_BY_BOTH       | WINDOW               | -                  | -
                    ENDED_BY_BOTH       | WINDOW_OF_NOTHING    | -                  | -
                    ENDED_BY_BOTH       | WINDOW_BEYOND_BOUNDS | -                  | -
                    RESET_BY_CLIENT     | DATA                 | STREAM_CLOSED      | -
                    RESET_BY_CLIENT     | FIELDS               | -                  | STREAM_CLOSED
                    RESET_BY_CLIENT     | PRIORITY             | -                  | -
                    RESET_BY_CLIENT     | RESET                | -                  | -
                    RESET_BY_CLIENT     | WINDOW               | -                  | -
                    RESET_BY_US         | DATA                 | -                  | -
                    RESET_BY_US         | FIELDS               | -                  | -
                    RESET_BY_US         | PRIORITY             | -                  | -
                    RESET_BY_US         | RESET                | -                  | -
                    RESET_BY_US         | WINDOW               | -                  | -
                    RESET_BY_US         | WINDOW_OF_NOTHING    | -                  | -
                    REFUSED             | DATA                 | -                  | -
                    REFUSED             | FIELDS               | -                  | -
                    REFUSED             | PRIORITY             | -                  | -
                    REFUSED             | RESET                | -                  | -
                    REFUSED             | SHORT_RESET          | -                  | FRAME_SIZE_ERROR
                    REFUSED             | WINDOW               | -                  | -
                    REFUSED             | WINDOW_OF_NOTHING    | -                  | -
                    REFUSED             | PUSH                 | -                  | PROTOCOL_ERROR
                    REFUSED             | CONTINUATION         | -                  | PROTOCOL_ERROR
                    REFUSED_BY_ITS_HEAD | DATA                 | -                  | -
                    REFUSED_BY_ITS_HEAD | FIELDS               | -                  | -
                    REFUSED_BY_ITS_HEAD | RESET                | -                  | -
                    REFUSED_BY_ITS_HEAD | WINDOW               | -                  | -
                    SKIPPED             | DATA                 | STREAM_CLOSED      | -
                    SKIPPED             | FIELDS               | -                  | STREAM_CLOSED
                    SKIPPED             | RESET                | -                  | -
                    SKIPPED             | WINDOW               | -                  | -
                    """)
    void aFrameOfAClient(OfClient state, Frame frame, String streamError, String connectionError) throws Exception {
        TcpServer listening = edge.tcpServer(connection -> {
            Http2Socket server = Http2Socket.accept(connection);
            while (true) {
                int stream = server.awaitRequest();
                if (server.soFar(stream).head.path().toString().equals("/")) {
                    server.ok(stream, "well");
                }
            }
        });
        edge.forwardTo(listener -> listener.backend(H2C), listening.port());
        Http2Socket client = edge.http2Client();
        int stream = state.reach(client);
        frame.send(client, stream);
        if (code(connectionError) != NONE) {
            assertThat(client.awaitClose()).isEqualTo(code(connectionError));
            return;
        }
        client.nextStream(Math.max(103, stream + 2));
        assertThat(client.answer(client.get("/")).text()).isEqualTo("well");
        assertThat(client.soFar(stream).reset).isEqualTo(code(streamError));
    }

    // As a client, to servers

    private enum OfServer {
        IDLE {
            @Override
            int reach(Http2Socket server, Http2Socket client) {
                return 99;
            }
        },
        OF_A_SERVER {
            @Override
            int reach(Http2Socket server, Http2Socket client) {
                return 2;
            }
        },
        OPEN {
            @Override
            int reach(Http2Socket server, Http2Socket client) throws IOException {
                client.open(request("POST", "/"), false);
                int stream = server.awaitRequest();
                server.fields(stream, status(200), false);
                return stream;
            }
        },
        ENDED_BY_US {
            @Override
            int reach(Http2Socket server, Http2Socket client) throws IOException {
                client.open(request("POST", "/"), true);
                int stream = server.awaitRequest();
                server.fields(stream, status(200), false);
                return stream;
            }
        },
        ENDED_BY_BOTH {
            @Override
            int reach(Http2Socket server, Http2Socket client) throws IOException {
                int asked = client.open(request("POST", "/"), true);
                int stream = server.awaitRequest();
                server.ok(stream, "well");
                client.answer(asked);
                return stream;
            }
        },
        RESET_BY_SERVER {
            @Override
            int reach(Http2Socket server, Http2Socket client) throws IOException {
                int asked = client.open(request("POST", "/"), true);
                int stream = server.awaitRequest();
                server.reset(stream, (int) Http2Error.CANCEL.code());
                client.answer(asked);
                return stream;
            }
        },
        RESET_BY_US {
            @Override
            int reach(Http2Socket server, Http2Socket client) throws IOException {
                int asked = client.open(request("POST", "/"), true);
                int stream = server.awaitRequest();
                client.reset(asked, (int) Http2Error.CANCEL.code());
                server.await(Http2Socket.RST_STREAM, stream);
                server.soFar(stream).reset = NONE;
                return stream;
            }
        };

        abstract int reach(Http2Socket server, Http2Socket client) throws IOException;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    IDLE                | DATA                 | -                  | PROTOCOL_ERROR
                    IDLE                | FIELDS               | -                  | PROTOCOL_ERROR
                    IDLE                | PRIORITY             | -                  | -
                    IDLE                | RESET                | -                  | PROTOCOL_ERROR
                    IDLE                | WINDOW               | -                  | PROTOCOL_ERROR
                    IDLE                | WINDOW_OF_NOTHING    | -                  | PROTOCOL_ERROR
                    IDLE                | CONTINUATION         | -                  | PROTOCOL_ERROR
                    IDLE                | OTHER                | -                  | -
                    OF_A_SERVER         | DATA                 | -                  | PROTOCOL_ERROR
                    OF_A_SERVER         | FIELDS               | -                  | PROTOCOL_ERROR
                    OF_A_SERVER         | PRIORITY             | -                  | -
                    OF_A_SERVER         | RESET                | -                  | PROTOCOL_ERROR
                    OF_A_SERVER         | WINDOW               | -                  | PROTOCOL_ERROR
                    OF_A_SERVER         | WINDOW_OF_NOTHING    | -                  | PROTOCOL_ERROR
                    OPEN                | DATA                 | -                  | -
                    OPEN                | FIELDS               | NO_ERROR           | -
                    OPEN                | PRIORITY             | -                  | -
                    OPEN                | PRIORITY_ON_ITSELF   | PROTOCOL_ERROR     | -
                    OPEN                | RESET                | -                  | -
                    OPEN                | SHORT_RESET          | -                  | FRAME_SIZE_ERROR
                    OPEN                | WINDOW               | -                  | -
                    OPEN                | WINDOW_OF_NOTHING    | PROTOCOL_ERROR     | -
                    OPEN                | WINDOW_BEYOND_BOUNDS | FLOW_CONTROL_ERROR | -
                    OPEN                | CONTINUATION         | -                  | PROTOCOL_ERROR
                    OPEN                | PUSH                 | -                  | PROTOCOL_ERROR
                    OPEN                | OTHER                | -                  | -
                    ENDED_BY_US         | DATA                 | -                  | -
                    ENDED_BY_US         | FIELDS               | -                  | -
                    ENDED_BY_US         | RESET                | -                  | -
                    ENDED_BY_US         | WINDOW               | -                  | -
                    ENDED_BY_US         | WINDOW_OF_NOTHING    | PROTOCOL_ERROR     | -
                    ENDED_BY_US         | WINDOW_BEYOND_BOUNDS | FLOW_CONTROL_ERROR | -
                    ENDED_BY_BOTH       | DATA                 | -                  | -
                    ENDED_BY_BOTH       | FIELDS               | -                  | -
                    ENDED_BY_BOTH       | PRIORITY             | -                  | -
                    ENDED_BY_BOTH       | RESET                | -                  | -
                    ENDED_BY_BOTH       | SHORT_RESET          | -                  | FRAME_SIZE_ERROR
                    ENDED_BY_BOTH       | WINDOW               | -                  | -
                    ENDED_BY_BOTH       | WINDOW_OF_NOTHING    | -                  | -
                    ENDED_BY_BOTH       | PUSH                 | -                  | PROTOCOL_ERROR
                    RESET_BY_SERVER     | DATA                 | -                  | -
                    RESET_BY_SERVER     | FIELDS               | -                  | -
                    RESET_BY_SERVER     | RESET                | -                  | -
                    RESET_BY_SERVER     | WINDOW               | -                  | -
                    RESET_BY_SERVER     | WINDOW_OF_NOTHING    | -                  | -
                    RESET_BY_US         | DATA                 | -                  | -
                    RESET_BY_US         | FIELDS               | -                  | -
                    RESET_BY_US         | PRIORITY             | -                  | -
                    RESET_BY_US         | RESET                | -                  | -
                    RESET_BY_US         | WINDOW               | -                  | -
                    RESET_BY_US         | WINDOW_OF_NOTHING    | -                  | -
                    """)
    void aFrameOfAServer(OfServer state, Frame frame, String streamError, String connectionError) throws Exception {
        CompletableFuture<Http2Socket> connected = new CompletableFuture<>();
        TcpServer listening = edge.tcpServer(connection -> {
            Http2Socket socket = Http2Socket.accept(connection);
            socket.ok(socket.awaitRequest(), "well");
            connected.complete(socket);
            ended.join();
        });
        edge.forwardTo(listener -> listener.backend(H2C), listening.port());
        Http2Socket client = edge.http2Client();
        client.answer(client.get("/"));
        try {
            Http2Socket server = connected.get(20, TimeUnit.SECONDS);
            int stream = state.reach(server, client);
            frame.send(server, stream);
            if (code(connectionError) != NONE) {
                assertThat(server.awaitClose()).isEqualTo(code(connectionError));
                return;
            }
            int next = client.open(request("POST", "/next"), true);
            server.ok(server.awaitRequest(), "well");
            assertThat(client.answer(next).text()).isEqualTo("well");
            assertThat(server.soFar(stream).reset).isEqualTo(code(streamError));
        } finally {
            ended.complete(null);
        }
        assertThat(listening.accepted()).isEqualTo(1);
    }

    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    // Fields that depend on their own stream

    private static void fieldsOnThemselves(Http2Socket to, int stream, Http2Headers headers) throws IOException {
        byte[] fields = to.encode(headers);
        byte[] payload = Arrays.copyOf(number(stream), 5 + fields.length);
        System.arraycopy(fields, 0, payload, 5, fields.length);
        to.send(Http2Socket.HEADERS, PRIORITY_FLAG | Http2Socket.END_HEADERS | Http2Socket.END_STREAM, stream, payload);
    }

    /** An error of the stream (RFC 7540, section 5.3.1), and the fields have their effect on those that follow. */
    @ParameterizedTest
    @CsvSource({"1", "3"})
    void aHeadThatDependsOnItselfEndsItsStreamOnly(int stream) throws Exception {
        edge.forwardTo(edge.server("well").port());
        Http2Socket client = edge.http2Client();
        client.nextStream(stream + 2);
        fieldsOnThemselves(client, stream, request("GET", "/").add("x-indexed", "value"));
        int next = client.open(request("GET", "/").add("x-indexed", "value"), true);
        assertThat(client.answer(next).text()).isEqualTo("well");
        assertThat(client.soFar(stream).reset).isEqualTo((int) Http2Error.PROTOCOL_ERROR.code());
        assertThat(client.soFar(stream).head).isNull();
        client.data(stream, "what was on its way", false);
        assertThat(client.answer(client.get("/")).text()).isEqualTo("well");
    }

    /** RFC 9113, section 6.9.2. */
    @ParameterizedTest
    @CsvSource({"true", "false"})
    void settingsThatLetAWindowOverflowEndTheConnection(boolean ofClient) throws Exception {
        edge.forwardTo(
                listener -> {
                    if (!ofClient) {
                        listener.backend(H2C);
                    }
                },
                edge.tcpServer(connection -> {
                            if (ofClient) {
                                connection.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
                                return;
                            }
                            Http2Socket server = Http2Socket.accept(connection);
                            overflow(server, server.awaitRequest());
                            told.complete(server.awaitClose());
                        })
                        .port());
        Http2Socket client = edge.http2Client();
        int stream = client.open(request("POST", "/never"), false);
        if (ofClient) {
            overflow(client, stream);
            told.complete(client.awaitClose());
        }
        assertThat(told.get(20, TimeUnit.SECONDS)).isEqualTo((int) Http2Error.FLOW_CONTROL_ERROR.code());
    }

    private final CompletableFuture<Integer> told = new CompletableFuture<>();

    private static void overflow(Http2Socket socket, int stream) throws IOException {
        socket.send(Http2Socket.WINDOW_UPDATE, 0, stream, number(100_000));
        socket.send(Http2Socket.SETTINGS, 0, 0, Http2Socket.setting(4, Integer.MAX_VALUE));
    }

    /** They are ignored, but not without end. */
    @ParameterizedTest
    @CsvSource({"RESET", "WINDOW", "FIELDS"})
    void framesForRefusedStreamsAreAFloodInTheEnd(Frame frame) throws Exception {
        edge.forwardTo(edge.server("well").port());
        long before = edge.forwarder().refusals(FloodGuard.FRAME_FLOOD);
        Http2Socket client = edge.http2Client();
        int stream = OfClient.REFUSED_BY_ITS_HEAD.reach(client);
        try {
            for (int i = 0; i < 100_000; i++) {
                frame.send(client, stream);
            }
        } catch (IOException e) {
            // closed meanwhile
        }
        assertThat(client.awaitClose()).isIn((int) Http2Error.ENHANCE_YOUR_CALM.code(), NONE);
        assertThat(edge.forwarder().refusals(FloodGuard.FRAME_FLOOD)).isEqualTo(before + 1);
    }
}
