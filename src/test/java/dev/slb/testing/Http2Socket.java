package dev.slb.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A client of HTTP/2, or a server, that sends frame by frame what a test wants, right or wrong, and reads only when told
 * to. It acknowledges settings and pings, and gives back windows unless told not to.
 */
public final class Http2Socket implements AutoCloseable {

    public static final int DATA = 0;
    public static final int HEADERS = 1;
    public static final int PRIORITY = 2;
    public static final int RST_STREAM = 3;
    public static final int SETTINGS = 4;
    public static final int PING = 6;
    public static final int GOAWAY = 7;
    public static final int WINDOW_UPDATE = 8;
    public static final int CONTINUATION = 9;

    public static final int END_STREAM = 1;
    public static final int ACK = 1;
    public static final int END_HEADERS = 4;

    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private static final int PADDED = 8;
    private static final int MAX_FRAME = 16_384;
    private static final int DEFAULT_WINDOW = 65_535;

    public record Frame(int type, int flags, int stream, byte[] payload) {

        /** Of RST_STREAM. */
        public int error() {
            return Unpooled.wrappedBuffer(payload).getInt(0);
        }
    }

    /** What has come on a stream so far. */
    public static final class Answer {

        public final List<Http2Headers> interim = new ArrayList<>();
        public Http2Headers head;
        public final ByteArrayOutputStream body = new ByteArrayOutputStream();
        public Http2Headers trailers;
        /** Whether the stream was ended by the server. */
        public boolean ended;
        /** What the server has given back of the stream's window. */
        public long window;
        /** What was sent of the stream's data. */
        public long sent;
        /** The code of RST_STREAM, -1 without one. */
        public int reset = -1;

        public int status() {
            return Integer.parseInt(head.status().toString());
        }

        public String header(String name) {
            return head.get(name) == null ? null : head.get(name).toString();
        }

        public String text() {
            return body.toString(StandardCharsets.ISO_8859_1);
        }

        boolean isOver() {
            return ended || reset >= 0;
        }
    }

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private final DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);
    private final Map<Integer, Answer> answers = new TreeMap<>();
    private final List<Integer> goAways = new ArrayList<>();
    private final ByteArrayOutputStream block = new ByteArrayOutputStream();
    private boolean givesWindows = true;
    private boolean acksSettings = true;
    private boolean acksPings = true;
    private int pings;
    private int peerWindow = DEFAULT_WINDOW;
    private long sent;
    private int nextStream = 1;
    private int goAwayError = -1;
    private int peerMaxStreams = -1;
    private long sendWindow = DEFAULT_WINDOW;
    private boolean closed;

    private Http2Socket(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
        this.out = socket.getOutputStream();
    }

    /** A connection with everything said that has to be said at first. */
    public static Http2Socket connect(int port) throws IOException {
        return connect(port, new byte[0]);
    }

    /** @param settings payload of the first SETTINGS */
    public static Http2Socket connect(int port, byte[] settings) throws IOException {
        return connectSilently(port).begin(settings);
    }

    /** Without TLS, as the client knows that HTTP/2 is spoken there. */
    public static Http2Socket connectInClear(int port) throws IOException {
        return new Http2Socket(Loopback.connect(port)).begin(new byte[0]);
    }

    /** The server's side of a connection in clear text: the client's preface is read, and settings are sent. */
    public static Http2Socket accept(Socket socket) throws IOException {
        return accept(socket, new byte[0]);
    }

    /** @param settings payload of the first SETTINGS */
    public static Http2Socket accept(Socket socket, byte[] settings) throws IOException {
        Http2Socket server = acceptSilently(socket);
        server.send(SETTINGS, 0, 0, settings);
        return server;
    }

    /** A server that has read the client's preface, and said nothing. */
    public static Http2Socket acceptSilently(Socket socket) throws IOException {
        Http2Socket server = new Http2Socket(socket);
        server.in.readFully(new byte[PREFACE.length()]);
        return server;
    }

    private Http2Socket begin(byte[] settings) throws IOException {
        Http2Socket client = this;
        client.out.write(PREFACE.getBytes(StandardCharsets.US_ASCII));
        client.send(SETTINGS, 0, 0, settings);
        while (client.peerMaxStreams < 0) {
            if (client.read() == null) {
                throw new EOFException("no settings");
            }
        }
        return client;
    }

    /** Only the handshake of TLS. */
    public static Http2Socket connectSilently(int port) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
            SSLSocket socket =
                    (SSLSocket) context.getSocketFactory().createSocket(Loopback.connect(port), "shop", port, true);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2"});
            socket.setSSLParameters(parameters);
            socket.setSoTimeout(20_000);
            socket.startHandshake();
            if (!socket.getApplicationProtocol().equals("h2")) {
                throw new IOException("ALPN has chosen " + socket.getApplicationProtocol());
            }
            return new Http2Socket(socket);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One setting as payload, to be put together with others. */
    public static byte[] setting(int id, int value) {
        byte[] bytes = new byte[6];
        Unpooled.wrappedBuffer(bytes).setShort(0, id).setInt(2, value);
        return bytes;
    }

    public static byte[] number(int value) {
        byte[] bytes = new byte[4];
        Unpooled.wrappedBuffer(bytes).setInt(0, value);
        return bytes;
    }

    public static Http2Headers request(String method, String path) {
        return new DefaultHttp2Headers(false)
                .method(method)
                .scheme("https")
                .authority("shop")
                .path(path);
    }

    public static Http2Headers status(int status) {
        return new DefaultHttp2Headers(false).status(String.valueOf(status));
    }

    public Http2Socket givesWindows(boolean yes) {
        givesWindows = yes;
        return this;
    }

    public Http2Socket acksSettings(boolean yes) {
        acksSettings = yes;
        return this;
    }

    public Http2Socket acksPings(boolean yes) {
        acksPings = yes;
        return this;
    }

    // Sending

    public void send(int type, int flags, int stream, byte[] payload) throws IOException {
        byte[] frame = new byte[9 + payload.length];
        ByteBuf header = Unpooled.wrappedBuffer(frame).setMedium(0, payload.length);
        header.setByte(3, type).setByte(4, flags).setInt(5, stream);
        System.arraycopy(payload, 0, frame, 9, payload.length);
        out.write(frame);
    }

    public byte[] encode(Http2Headers headers) throws IOException {
        ByteBuf encoded = Unpooled.buffer();
        try {
            encoder.encodeHeaders(1, headers, encoded);
        } catch (Http2Exception e) {
            throw new IOException(e);
        }
        byte[] bytes = new byte[encoded.readableBytes()];
        encoded.readBytes(bytes);
        return bytes;
    }

    /** Begins a stream with these fields; returns its id. */
    public int open(Http2Headers headers, boolean end) throws IOException {
        int stream = nextStream;
        nextStream += 2;
        fields(stream, headers, end);
        return stream;
    }

    /** What {@link #open} begins next. */
    public void nextStream(int stream) {
        nextStream = stream;
    }

    public void fields(int stream, Http2Headers headers, boolean end) throws IOException {
        byte[] encoded = encode(headers);
        for (int at = 0; at == 0 || at < encoded.length; at += MAX_FRAME) {
            int to = Math.min(encoded.length, at + MAX_FRAME);
            int flags = (to == encoded.length ? END_HEADERS : 0) | (end && at == 0 ? END_STREAM : 0);
            send(at == 0 ? HEADERS : CONTINUATION, flags, stream, Arrays.copyOfRange(encoded, at, to));
        }
    }

    public int get(String path) throws IOException {
        return open(request("GET", path), true);
    }

    /** Sends all of it at once, whatever the windows are. */
    public void data(int stream, byte[] data, boolean end) throws IOException {
        int at = 0;
        do {
            int length = Math.min(MAX_FRAME, data.length - at);
            byte[] part = Arrays.copyOfRange(data, at, at + length);
            at += length;
            soFar(stream).sent += length;
            sent += length;
            send(DATA, end && at == data.length ? END_STREAM : 0, stream, part);
        } while (at < data.length);
    }

    public void data(int stream, String data, boolean end) throws IOException {
        data(stream, data.getBytes(StandardCharsets.ISO_8859_1), end);
    }

    public void reset(int stream, int error) throws IOException {
        send(RST_STREAM, 0, stream, number(error));
    }

    public void goAway(int lastStream, int error) throws IOException {
        byte[] payload = new byte[8];
        Unpooled.wrappedBuffer(payload).setInt(0, lastStream).setInt(4, error);
        send(GOAWAY, 0, 0, payload);
    }

    public void raw(byte[] bytes) throws IOException {
        out.write(bytes);
    }

    // Reading

    /** The next frame, after having dealt with it; null at the end of the connection. */
    public Frame read() throws IOException {
        Frame frame;
        try {
            int lengthAndType = in.readInt();
            int flags = in.read();
            int stream = in.readInt();
            byte[] payload = new byte[lengthAndType >>> 8];
            in.readFully(payload);
            frame = new Frame(lengthAndType & 0xff, flags, stream, payload);
        } catch (EOFException e) {
            closed = true;
            return null;
        } catch (SSLException | java.net.SocketException e) {
            closed = true; // reset, perhaps in the middle of a record
            return null;
        }
        take(frame);
        return frame;
    }

    private void take(Frame frame) throws IOException {
        switch (frame.type) {
            case DATA -> {
                int padding = (frame.flags & PADDED) == 0 ? 0 : 1 + (frame.payload[0] & 0xff);
                Answer answer = soFar(frame.stream);
                answer.body.write(frame.payload, padding > 0 ? 1 : 0, frame.payload.length - padding);
                answer.ended |= (frame.flags & END_STREAM) != 0;
                if (givesWindows && frame.payload.length > 0) {
                    send(WINDOW_UPDATE, 0, 0, number(frame.payload.length));
                    send(WINDOW_UPDATE, 0, frame.stream, number(frame.payload.length));
                }
            }
            case HEADERS, CONTINUATION -> {
                block.write(frame.payload);
                if (frame.type == HEADERS) {
                    soFar(frame.stream).ended |= (frame.flags & END_STREAM) != 0;
                }
                if ((frame.flags & END_HEADERS) != 0) {
                    takeFields(soFar(frame.stream));
                }
            }
            case RST_STREAM -> soFar(frame.stream).reset = frame.error();
            case SETTINGS -> {
                if ((frame.flags & ACK) == 0) {
                    ByteBuf settings = Unpooled.wrappedBuffer(frame.payload);
                    peerMaxStreams = Integer.MAX_VALUE;
                    while (settings.isReadable()) {
                        int id = settings.readUnsignedShort();
                        int value = settings.readInt();
                        if (id == 3) {
                            peerMaxStreams = value;
                        } else if (id == 4) {
                            peerWindow = value;
                        }
                    }
                    if (acksSettings) {
                        send(SETTINGS, ACK, 0, new byte[0]);
                    }
                }
            }
            case PING -> {
                if ((frame.flags & ACK) == 0) {
                    pings++;
                    if (acksPings) {
                        send(PING, ACK, 0, frame.payload);
                    }
                }
            }
            case GOAWAY -> {
                ByteBuf payload = Unpooled.wrappedBuffer(frame.payload);
                goAways.add(payload.readInt());
                goAwayError = payload.readInt();
            }
            case WINDOW_UPDATE -> {
                int more = Unpooled.wrappedBuffer(frame.payload).readInt();
                if (frame.stream == 0) {
                    sendWindow += more;
                } else {
                    soFar(frame.stream).window += more;
                }
            }
            default -> {}
        }
    }

    private void takeFields(Answer answer) throws IOException {
        Http2Headers fields;
        try {
            fields = decoder.decodeHeaders(1, Unpooled.wrappedBuffer(block.toByteArray()));
        } catch (Http2Exception e) {
            throw new IOException(e);
        }
        block.reset();
        if (answer.head != null) {
            answer.trailers = fields;
        } else if (fields.status() != null
                && fields.status().length() == 3
                && fields.status().charAt(0) == '1') {
            answer.interim.add(fields);
        } else {
            answer.head = fields;
        }
    }

    /** What has come on a stream until now. */
    public Answer soFar(int stream) {
        return answers.computeIfAbsent(stream, id -> new Answer());
    }

    /** A server reads until the fields of a request have come; returns its stream. */
    public int awaitRequest() throws IOException {
        for (Frame frame = read(); frame != null; frame = read()) {
            if (frame.type == HEADERS) {
                return frame.stream;
            }
        }
        throw new EOFException("closed before a request");
    }

    /** Answers a request with 200 and this body. */
    public void ok(int stream, String body) throws IOException {
        fields(stream, status(200), false);
        data(stream, body, true);
    }

    /** Reads until the answer, or to a server the request, is over, by its end or a reset. */
    public Answer answer(int stream) throws IOException {
        Answer answer = soFar(stream);
        while (!answer.isOver()) {
            if (read() == null) {
                throw new EOFException(
                        "closed before the answer of stream " + stream + ", GOAWAY " + goAways + " " + goAwayError);
            }
        }
        return answer;
    }

    /** Reads until a frame of this type comes on this stream. */
    public Frame await(int type, int stream) throws IOException {
        for (Frame frame = read(); frame != null; frame = read()) {
            if (frame.type == type && frame.stream == stream) {
                return frame;
            }
        }
        throw new EOFException("closed before a frame of type " + type);
    }

    /** Reads until the connection is closed; returns the error of the last GOAWAY, -1 without one. */
    public int awaitClose() throws IOException {
        while (!closed) {
            read();
        }
        return goAwayError;
    }

    /** Last streams of all GOAWAYs. */
    public List<Integer> goAways() {
        return goAways;
    }

    public int maxStreams() {
        return peerMaxStreams;
    }

    /** How much may be sent on all streams together, as far as windows were read. */
    public long sendWindow() {
        return sendWindow;
    }

    /** What may be sent in each stream at first, as far as settings were read. */
    public int peerWindow() {
        return peerWindow;
    }

    /** What may still be sent in a stream, as far as windows were read. */
    public long room(int stream) {
        Answer answer = soFar(stream);
        return Math.min(sendWindow - sent, peerWindow + answer.window - answer.sent);
    }

    /** What may still be sent in all streams together, as far as windows were read. */
    public long connectionRoom() {
        return sendWindow - sent;
    }

    /** How many pings have come. */
    public int pings() {
        return pings;
    }

    public Socket socket() {
        return socket;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
