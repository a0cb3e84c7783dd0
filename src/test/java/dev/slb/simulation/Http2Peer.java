package dev.slb.simulation;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersEncoder;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * One end of a connection of HTTP/2: frames, windows and the states of streams, by itself, so that it shares no fault with what is
 * simulated; only the compression of fields is Netty's. What the other end must not do (RFC 9113) is a violation.
 */
final class Http2Peer implements SimulatedSocket.Owner {

    /** Who says what there is to say, and is told what comes. */
    interface Side {

        /** A head, an interim one too, or trailers. */
        void fields(Stream stream, Http2Headers fields, boolean end);

        void data(Stream stream, byte[] bytes, int start, int length, boolean end);

        /** The other end has given the stream up. */
        void streamReset(Stream stream, long code);

        void goneAway(int last, long code);

        /** Nothing comes any more. */
        void closed(boolean byReset);
    }

    /** One request and its answer. */
    static final class Stream {
        final int id;
        /** Whose it is, for the side. */
        Object its;
        /** Its data is not read: the window is not given back. */
        boolean unread;

        boolean theyEnded;
        boolean theyReset;
        boolean weEnded;
        boolean weReset;
        private boolean headSeen;
        private long announced = -1;
        /** Its length is not to be compared with what its body has: an answer to HEAD. */
        boolean lengthOnly;

        private long bodyBytes;
        private long sendWindow;
        private long receiveWindow;
        private long owed;
        /** Arrays of bytes, and at last perhaps trailers. */
        private final ArrayDeque<Object> out = new ArrayDeque<>();

        private int outOffset;
        private boolean endsAfter;
        private Runnable whenSent = () -> {};

        private Stream(int id) {
            this.id = id;
        }

        boolean isOver() {
            return theyReset || weReset || theyEnded && weEnded;
        }
    }

    static final int NO_ERROR = 0;
    static final int INTERNAL_ERROR = 2;
    static final int REFUSED_STREAM = 7;
    static final int CANCEL = 8;

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int PRIORITY = 2;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PUSH_PROMISE = 5;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int CONTINUATION = 9;

    private static final int END_STREAM = 1;
    private static final int ACK = 1;
    private static final int END_HEADERS = 4;
    private static final int PADDED = 8;
    private static final int WITH_PRIORITY = 0x20;

    private static final int FRAME_HEAD = 9;
    private static final int FRAME_BYTES = 16_384;
    private static final int FIRST_WINDOW = 65_535;
    private static final byte[] PREFACE = Http1Reader.ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

    private final String name;
    private final boolean server;
    private final Http2Manner manner;
    private final SimulatedSocket socket;
    private final Driver driver;
    private final Ledger ledger;
    private final Side side;
    private final SocketWriter writer = new SocketWriter();
    private final DefaultHttp2HeadersEncoder encoder =
            new DefaultHttp2HeadersEncoder(Http2HeadersEncoder.NEVER_SENSITIVE, true);
    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(true, true, 1 << 20);
    private final TreeMap<Integer, Stream> streams = new TreeMap<>();
    private final byte[] buffer = new byte[4096];

    // What comes.
    private byte[] in = new byte[4096];
    private int inEnd;
    private boolean prefaceSeen;
    private boolean settingsSeen;
    private ByteArrayOutputStream block;
    private int blockStream;
    private boolean blockEnds;
    private int lastOpened;
    private int theirGoAway = Integer.MAX_VALUE;
    private boolean theyGoAway;
    private long receiveWindow = FIRST_WINDOW;
    private long owed;
    /** Of each stream that begins now, by what the other end has acknowledged. */
    private int granted = FIRST_WINDOW;

    private int mostStreams = Integer.MAX_VALUE;
    /** Settings that were sent and not acknowledged yet: the window, and how many streams. */
    private final ArrayDeque<int[]> unacknowledged = new ArrayDeque<>();

    private final ArrayDeque<Long> pings = new ArrayDeque<>();
    private int pinged;
    private boolean paused;
    private boolean silent;
    private boolean closed;

    // What goes.
    private int next = 1;
    private long sendWindow = FIRST_WINDOW;
    private int theirWindow = FIRST_WINDOW;
    private int theirFrameBytes = FRAME_BYTES;
    private long theirMostStreams = Long.MAX_VALUE;
    private int turn;
    private int goAway = Integer.MAX_VALUE;

    Http2Peer(
            String name,
            boolean server,
            Http2Manner manner,
            SimulatedSocket socket,
            Driver driver,
            Ledger ledger,
            Side side) {
        this.name = name;
        this.server = server;
        this.manner = manner;
        this.socket = socket;
        this.driver = driver;
        this.ledger = ledger;
        this.side = side;
    }

    void start() {
        writer.socket(socket);
        prefaceSeen = !server;
        if (!server) {
            writer.write(PREFACE);
        }
        sendSettings(manner.window());
        socket.owner(this);
    }

    /** Reads nothing until {@link #resume}. */
    void pause() {
        paused = true;
    }

    void resume() {
        paused = false;
        readable();
    }

    /** From now on nothing comes from here, whatever is asked. */
    void fallSilent() {
        silent = true;
    }

    boolean isClosed() {
        return closed;
    }

    boolean hasOpenStreams() {
        return streams.values().stream().anyMatch(each -> !each.isOver());
    }

    long openStreams() {
        return streams.values().stream().filter(each -> !each.isOver()).count();
    }

    /** Whether one more may be opened from here. */
    boolean mayOpen() {
        return !closed && !theyGoAway && openStreams() < theirMostStreams;
    }

    Iterable<Stream> streams() {
        return new ArrayList<>(streams.values());
    }

    int lastOpened() {
        return lastOpened;
    }

    // Writing

    private static byte[] frame(int type, int flags, int stream, byte[] payload, int start, int length) {
        byte[] frame = new byte[FRAME_HEAD + length];
        frame[0] = (byte) (length >>> 16);
        frame[1] = (byte) (length >>> 8);
        frame[2] = (byte) length;
        frame[3] = (byte) type;
        frame[4] = (byte) flags;
        putInt(frame, 5, stream);
        System.arraycopy(payload, start, frame, FRAME_HEAD, length);
        return frame;
    }

    private static void putInt(byte[] into, int at, int value) {
        into[at] = (byte) (value >>> 24);
        into[at + 1] = (byte) (value >>> 16);
        into[at + 2] = (byte) (value >>> 8);
        into[at + 3] = (byte) value;
    }

    private void write(int type, int flags, int stream, byte[] payload) {
        if (!closed && !silent) {
            writer.write(frame(type, flags, stream, payload, 0, payload.length));
            writer.flush();
        }
    }

    private void sendSettings(int window) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        setting(out, 4, window);
        if (!server) {
            setting(out, 2, 0);
        }
        if (server && manner.streams() > 0) {
            setting(out, 3, manner.streams());
        }
        unacknowledged.add(new int[] {window, server && manner.streams() > 0 ? manner.streams() : Integer.MAX_VALUE});
        write(SETTINGS, 0, 0, out.toByteArray());
    }

    private static void setting(ByteArrayOutputStream out, int which, int value) {
        byte[] setting = new byte[6];
        setting[1] = (byte) which;
        putInt(setting, 2, value);
        out.writeBytes(setting);
    }

    /** What is done once, when the first request has come or gone. */
    private void firstRequest() {
        if (manner.laterWindow() > 0) {
            driver.after(TimeUnit.MILLISECONDS.toNanos(5), () -> sendSettings(manner.laterWindow()));
        }
    }

    private void maybePing() {
        if (manner.pings()) {
            long payload = 0x5eed_0000L + pinged++;
            pings.add(payload);
            byte[] bytes = new byte[8];
            putInt(bytes, 4, (int) payload);
            write(PING, 0, 0, bytes);
        }
    }

    Stream open() {
        Stream stream = new Stream(next);
        next += 2;
        stream.sendWindow = theirWindow;
        stream.receiveWindow = granted;
        streams.put(stream.id, stream);
        return stream;
    }

    void fields(Stream stream, Http2Headers fields, boolean end) {
        if (closed || silent || stream.weReset || stream.theyReset) {
            return;
        }
        ByteBuf encoded = Unpooled.buffer();
        try {
            encoder.encodeHeaders(stream.id, fields, encoded);
        } catch (Http2Exception e) {
            throw new IllegalStateException(e);
        }
        byte[] bytes = new byte[encoded.readableBytes()];
        encoded.readBytes(bytes);
        encoded.release();
        int piece = manner.fieldBytes() > 0 ? Math.min(manner.fieldBytes(), bytes.length) : bytes.length;
        boolean whole = piece == bytes.length;
        int flags = (end ? END_STREAM : 0) | (whole ? END_HEADERS : 0);
        byte[] first = Arrays.copyOf(bytes, piece);
        if (manner.padding() > 0) {
            first = padded(first);
            flags |= PADDED;
        }
        stream.weEnded |= end;
        write(HEADERS, flags, stream.id, first);
        for (int at = piece; at < bytes.length; at += piece) {
            int length = Math.min(piece, bytes.length - at);
            write(
                    CONTINUATION,
                    at + length == bytes.length ? END_HEADERS : 0,
                    stream.id,
                    Arrays.copyOfRange(bytes, at, at + length));
        }
        if (!server && stream.id == 1) {
            firstRequest();
        }
        maybePing();
    }

    private byte[] padded(byte[] bytes) {
        byte[] padded = new byte[1 + bytes.length + manner.padding()];
        padded[0] = (byte) manner.padding();
        System.arraycopy(bytes, 0, padded, 1, bytes.length);
        return padded;
    }

    /**
     * Sends data behind what waits, as windows allow it.
     *
     * @param trailers that end the stream behind it, or null
     * @param end whether nothing follows
     * @param whenSent told when all of that has gone
     */
    void data(Stream stream, byte[] bytes, Http2Headers trailers, boolean end, Runnable whenSent) {
        if (bytes.length > 0 || end && trailers == null) {
            stream.out.add(bytes);
        }
        if (trailers != null) {
            stream.out.add(trailers);
        }
        stream.endsAfter = end || trailers != null;
        stream.whenSent = whenSent;
        pump();
    }

    private void pump() {
        while (!closed && !silent && writer.isEmpty() && pumpOne()) {
            // goes on
        }
    }

    private boolean pumpOne() {
        List<Stream> ready = new ArrayList<>();
        for (Stream each : streams.values()) {
            if (!each.out.isEmpty() && !each.weReset && !each.theyReset && canSend(each)) {
                ready.add(each);
            }
        }
        if (ready.isEmpty()) {
            return false;
        }
        Stream stream = ready.get(turn++ % ready.size());
        if (stream.out.peek() instanceof Http2Headers trailers) {
            stream.out.poll();
            fields(stream, trailers, true);
        } else {
            sendData(stream, (byte[]) stream.out.peek());
        }
        if (stream.out.isEmpty()) {
            Runnable task = stream.whenSent;
            stream.whenSent = () -> {};
            task.run();
        }
        return true;
    }

    private boolean canSend(Stream stream) {
        return !(stream.out.peek() instanceof byte[] bytes)
                || bytes.length == 0
                || Math.min(sendWindow, stream.sendWindow) > 0;
    }

    private void sendData(Stream stream, byte[] bytes) {
        int left = bytes.length - stream.outOffset;
        long room = Math.min(Math.min(sendWindow, stream.sendWindow), theirFrameBytes);
        int padding = manner.padding() > 0 && room > 1 + manner.padding() ? 1 + manner.padding() : 0;
        int length = (int) Math.min(Math.min(left, manner.frameBytes()), room - padding);
        if (left == 0) {
            length = 0;
            padding = 0;
        }
        boolean last = length == left;
        // The end of a stream may stand in a frame of its own.
        boolean end = last && stream.out.size() == 1 && stream.endsAfter && (left == 0 || stream.id % 4 == 1);
        byte[] payload = Arrays.copyOfRange(bytes, stream.outOffset, stream.outOffset + length);
        if (padding > 0) {
            payload = padded(payload);
        }
        sendWindow -= payload.length;
        stream.sendWindow -= payload.length;
        stream.outOffset += length;
        if (last) {
            stream.out.poll();
            stream.outOffset = 0;
            if (stream.endsAfter && !end && stream.out.isEmpty()) {
                stream.out.add(new byte[0]);
            }
        }
        stream.weEnded |= end;
        write(DATA, (end ? END_STREAM : 0) | (padding > 0 ? PADDED : 0), stream.id, payload);
    }

    void reset(Stream stream, int code) {
        if (!stream.weReset && !stream.theyReset) {
            stream.weReset = true;
            stream.out.clear();
            byte[] payload = new byte[4];
            putInt(payload, 0, code);
            write(RST_STREAM, 0, stream.id, payload);
        }
    }

    void goAway(int last, int code) {
        goAway = last;
        byte[] payload = new byte[8];
        putInt(payload, 0, last);
        putInt(payload, 4, code);
        write(GOAWAY, 0, 0, payload);
    }

    /** Closes when what was written has gone. */
    void close() {
        if (!closed) {
            writer.whenWritten(() -> {
                closed = true;
                socket.close();
            });
        }
    }

    void resetConnection() {
        closed = true;
        socket.reset();
    }

    void shutdownOutput() {
        writer.whenWritten(() -> {
            try {
                socket.shutdownOutput();
            } catch (IOException e) {
                closed(true);
            }
        });
    }

    @Override
    public void writable() {
        if (!closed && writer.flush()) {
            pump();
        }
    }

    // Reading

    @Override
    public void readable() {
        try {
            while (!closed && !paused) {
                int read = socket.read(buffer, 0, buffer.length);
                if (read == 0) {
                    return;
                }
                if (read < 0) {
                    if (inEnd > 0 && !silent && settingsSeen) {
                        cutOff();
                    }
                    closed(false);
                    return;
                }
                if (!silent) {
                    read(read);
                }
            }
        } catch (IOException e) {
            closed(true);
        }
    }

    /** The other end has closed within a frame: so a client may give up a request of which nothing has come, an answer is known by then. */
    private void cutOff() {
        if (!server && streams.values().stream().allMatch(each -> each.theyEnded || each.theyReset)) {
            ledger.violated(name + " sees the end within a frame");
        }
    }

    private void closed(boolean byReset) {
        if (!closed) {
            closed = true;
            socket.close();
            side.closed(byReset);
        }
    }

    private void read(int bytes) {
        if (inEnd + bytes > in.length) {
            in = Arrays.copyOf(in, Math.max(2 * in.length, inEnd + bytes));
        }
        System.arraycopy(buffer, 0, in, inEnd, bytes);
        inEnd += bytes;
        int at = 0;
        if (!prefaceSeen) {
            if (inEnd < PREFACE.length) {
                return;
            }
            if (!Arrays.equals(in, 0, PREFACE.length, PREFACE, 0, PREFACE.length)) {
                wrong("no preface");
                return;
            }
            prefaceSeen = true;
            at = PREFACE.length;
        }
        while (!closed && !silent && inEnd - at >= FRAME_HEAD) {
            int length = (in[at] & 0xff) << 16 | (in[at + 1] & 0xff) << 8 | in[at + 2] & 0xff;
            if (length > FRAME_BYTES) {
                wrong("a frame of " + length + " bytes");
                return;
            }
            if (inEnd - at < FRAME_HEAD + length) {
                break;
            }
            int id = getInt(in, at + 5);
            byte[] payload = Arrays.copyOfRange(in, at + FRAME_HEAD, at + FRAME_HEAD + length);
            frame(in[at + 3], in[at + 4] & 0xff, id, payload);
            at += FRAME_HEAD + length;
        }
        System.arraycopy(in, at, in, 0, inEnd - at);
        inEnd -= at;
        if (!closed) {
            pump();
        }
    }

    private static int getInt(byte[] from, int at) {
        return (from[at] & 0xff) << 24 | (from[at + 1] & 0xff) << 16 | (from[at + 2] & 0xff) << 8 | from[at + 3] & 0xff;
    }

    /** What must not come: nothing can be made of the connection any more. */
    private void wrong(String what) {
        ledger.violated(name + " gets " + what + " over HTTP/2");
        closed(true);
    }

    private void frame(int type, int flags, int id, byte[] payload) {
        if (id < 0) {
            wrong("a reserved bit");
        } else if (!settingsSeen && (type != SETTINGS || (flags & ACK) != 0)) {
            wrong("frame " + type + " before any settings");
        } else if (block != null && (type != CONTINUATION || id != blockStream)) {
            wrong("frame " + type + " within fields");
        } else {
            switch (type) {
                case DATA -> dataFrame(flags, id, payload);
                case HEADERS -> headersFrame(flags, id, payload);
                case CONTINUATION -> continuation(flags, payload);
                case PRIORITY -> {}
                case RST_STREAM -> resetFrame(id, payload);
                case SETTINGS -> settingsFrame(flags, id, payload);
                case PING -> pingFrame(flags, id, payload);
                case GOAWAY -> goAwayFrame(id, payload);
                case WINDOW_UPDATE -> windowFrame(id, payload);
                case PUSH_PROMISE -> wrong("a push");
                default -> wrong("frame " + type);
            }
        }
    }

    /** @return null when that is wrong, or nothing to care about */
    private Stream stream(int id, String what) {
        Stream stream = streams.get(id);
        if (stream == null) {
            if (id > goAway && id <= lastOpened) {
                return null; // opened when we had gone away
            }
            wrong(what + " for stream " + id + ", which was never opened");
        } else if (stream.theyReset) {
            wrong(what + " for stream " + id + ", which it has reset");
            return null;
        }
        return stream;
    }

    private static byte[] unpadded(int flags, byte[] payload) {
        if ((flags & PADDED) == 0) {
            return payload;
        }
        int padding = payload.length == 0 ? 0 : payload[0] & 0xff;
        return payload.length < 1 + padding ? null : Arrays.copyOfRange(payload, 1, payload.length - padding);
    }

    private void dataFrame(int flags, int id, byte[] payload) {
        Stream stream = stream(id, "data");
        if (closed) {
            return;
        }
        receiveWindow -= payload.length;
        if (receiveWindow < 0) {
            wrong("more data than the window of the connection allows");
            return;
        }
        giveBack(null, payload.length);
        if (stream == null) {
            return;
        }
        if (stream.theyEnded || !stream.headSeen) {
            wrong("data for stream " + id + (stream.theyEnded ? " after its end" : " before its fields"));
            return;
        }
        stream.receiveWindow -= payload.length;
        if (stream.receiveWindow < 0) {
            wrong("more data than the window of stream " + id + " allows, by " + -stream.receiveWindow);
            return;
        }
        byte[] data = unpadded(flags, payload);
        if (data == null) {
            wrong("padding beyond its frame");
            return;
        }
        boolean end = (flags & END_STREAM) != 0;
        stream.bodyBytes += data.length;
        stream.theyEnded = end;
        checkLength(stream);
        if (!end && !stream.unread) {
            giveBack(stream, payload.length);
        }
        if (!stream.weReset) {
            side.data(stream, data, 0, data.length, end);
        }
    }

    private void checkLength(Stream stream) {
        if (stream.announced >= 0
                && !stream.lengthOnly
                && (stream.bodyBytes > stream.announced || stream.theyEnded && stream.bodyBytes != stream.announced)) {
            ledger.violated(name + " gets " + stream.bodyBytes + " bytes in stream " + stream.id + ", which has "
                    + stream.announced);
        }
    }

    /** @param stream null: the connection */
    private void giveBack(Stream stream, int bytes) {
        if (bytes == 0) {
            return;
        }
        if (manner.slowMillis() > 0) {
            driver.after(TimeUnit.MILLISECONDS.toNanos(manner.slowMillis()), () -> owe(stream, bytes));
        } else {
            owe(stream, bytes);
        }
    }

    private void owe(Stream stream, int bytes) {
        if (stream == null) {
            owed += bytes;
            if (owed >= FIRST_WINDOW / 2 || manner.slowMillis() > 0) {
                receiveWindow += owed;
                windowUpdate(0, owed);
                owed = 0;
            }
        } else {
            stream.owed += bytes;
            if (stream.owed >= Math.max(1, granted / 2)) {
                settle(stream);
            }
        }
    }

    private void settle(Stream stream) {
        if (stream.owed > 0 && !stream.theyEnded && !stream.isOver()) {
            stream.receiveWindow += stream.owed;
            windowUpdate(stream.id, stream.owed);
            stream.owed = 0;
        }
    }

    private void windowUpdate(int id, long bytes) {
        byte[] payload = new byte[4];
        putInt(payload, 0, (int) bytes);
        write(WINDOW_UPDATE, 0, id, payload);
    }

    private void headersFrame(int flags, int id, byte[] payload) {
        byte[] unpadded = unpadded(flags, payload);
        int skipped = (flags & WITH_PRIORITY) != 0 ? 5 : 0;
        if (unpadded == null || unpadded.length < skipped) {
            wrong("fields that are cut off");
            return;
        }
        block = new ByteArrayOutputStream();
        block.write(unpadded, skipped, unpadded.length - skipped);
        blockStream = id;
        blockEnds = (flags & END_STREAM) != 0;
        blockRead(flags);
    }

    private void continuation(int flags, byte[] payload) {
        if (block == null) {
            wrong("more fields where there are none");
            return;
        }
        block.writeBytes(payload);
        blockRead(flags);
    }

    private void blockRead(int flags) {
        if ((flags & END_HEADERS) == 0) {
            return;
        }
        ByteBuf bytes = Unpooled.wrappedBuffer(block.toByteArray());
        block = null;
        Http2Headers fields;
        try {
            fields = decoder.decodeHeaders(blockStream, bytes);
        } catch (Http2Exception e) {
            wrong("malformed fields (" + e.getMessage() + ")");
            return;
        }
        Stream stream = streams.get(blockStream);
        if (stream == null && server && blockStream % 2 == 1 && blockStream > lastOpened) {
            lastOpened = blockStream;
            if (blockStream > goAway) {
                return;
            }
            stream = new Stream(blockStream);
            stream.sendWindow = theirWindow;
            stream.receiveWindow = granted;
            if (openStreams() >= mostStreams) {
                wrong("more streams than " + mostStreams);
                return;
            }
            streams.put(blockStream, stream);
            if (blockStream == 1) {
                firstRequest();
            }
            maybePing();
        }
        stream = stream(blockStream, "fields");
        if (stream != null && !closed) {
            fieldsRead(stream, fields);
        }
    }

    private void fieldsRead(Stream stream, Http2Headers fields) {
        if (stream.theyEnded) {
            wrong("fields for stream " + stream.id + " after its end");
            return;
        }
        stream.theyEnded = blockEnds;
        boolean trailers = stream.headSeen;
        boolean interim = !server && fields.status() != null && fields.status().charAt(0) == '1';
        if (!interim) {
            stream.headSeen = true;
        }
        String problem = problem(fields, trailers, interim);
        if (problem != null) {
            ledger.violated(name + " gets " + problem + " in stream " + stream.id + ": " + fields);
        }
        if (!trailers && !interim && fields.contains("content-length")) {
            stream.announced = Long.parseLong(fields.get("content-length").toString());
        }
        if (!server && fields.status() != null && "304".contentEquals(fields.status())) {
            stream.lengthOnly = true;
        }
        checkLength(stream);
        if (!stream.weReset) {
            side.fields(stream, fields, blockEnds);
        }
    }

    /** Null: there is none. */
    private String problem(Http2Headers fields, boolean trailers, boolean interim) {
        if (trailers) {
            if (!blockEnds) {
                return "trailers that are not the end";
            }
            for (var field : fields) {
                if (field.getKey().charAt(0) == ':') {
                    return "pseudo fields in trailers";
                }
            }
        } else if (server
                && (fields.method() == null
                        || fields.scheme() == null
                        || fields.path() == null
                        || fields.authority() == null
                        || fields.status() != null
                        || fields.contains("host"))) {
            return "a request with wrong pseudo fields";
        } else if (!server && (fields.status() == null || fields.method() != null || fields.path() != null)) {
            return "an answer with wrong pseudo fields";
        } else if (interim && (blockEnds || fields.contains("content-length"))) {
            return "an interim answer that is an end";
        }
        for (String each : List.of("connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade")) {
            if (fields.contains(each)) {
                return "a field of HTTP/1, " + each;
            }
        }
        CharSequence te = fields.get("te");
        if (te != null && !"trailers".contentEquals(te)
                || fields.getAll("content-length").size() > 1) {
            return "a field that must not be";
        }
        return null;
    }

    private void resetFrame(int id, byte[] payload) {
        Stream stream = payload.length == 4 ? stream(id, "a reset") : null;
        if (payload.length != 4) {
            wrong("a reset of " + payload.length + " bytes");
        } else if (stream != null) {
            boolean known = !stream.weReset;
            stream.theyReset = true;
            stream.out.clear();
            if (known) {
                side.streamReset(stream, getInt(payload, 0));
            }
        }
    }

    private void settingsFrame(int flags, int id, byte[] payload) {
        settingsSeen = true;
        if (id != 0 || payload.length % 6 != 0 || (flags & ACK) != 0 && payload.length > 0) {
            wrong("malformed settings");
            return;
        }
        if ((flags & ACK) != 0) {
            int[] acknowledged = unacknowledged.poll();
            if (acknowledged == null) {
                wrong("one acknowledgement too many");
                return;
            }
            int change = acknowledged[0] - granted;
            granted = acknowledged[0];
            mostStreams = acknowledged[1];
            for (Stream each : streams.values()) {
                each.receiveWindow += change;
                if (each.owed >= Math.max(1, granted / 2)) {
                    settle(each);
                }
            }
            return;
        }
        for (int at = 0; at < payload.length; at += 6) {
            setting((payload[at] & 0xff) << 8 | payload[at + 1] & 0xff, getInt(payload, at + 2) & 0xffff_ffffL);
        }
        write(SETTINGS, ACK, 0, new byte[0]);
    }

    private void setting(int which, long value) {
        switch (which) {
            case 2 -> {
                if (value > 1 || value == 1 && !server) {
                    wrong("a setting about pushes: " + value);
                }
            }
            case 3 -> theirMostStreams = value;
            case 4 -> {
                if (value > Integer.MAX_VALUE) {
                    wrong("a window of " + value);
                    return;
                }
                int change = (int) value - theirWindow;
                theirWindow = (int) value;
                streams.values().forEach(each -> each.sendWindow += change);
            }
            case 5 -> {
                if (value < FRAME_BYTES || value >= 1 << 24) {
                    wrong("frames of " + value);
                }
                theirFrameBytes = (int) value;
            }
            default -> {} // nothing here depends on it
        }
    }

    private void pingFrame(int flags, int id, byte[] payload) {
        if (id != 0 || payload.length != 8) {
            wrong("a malformed ping");
        } else if ((flags & ACK) == 0) {
            write(PING, ACK, 0, payload);
        } else if (pings.isEmpty() || pings.poll() != (getInt(payload, 4) & 0xffff_ffffL)) {
            wrong("an answer to no ping");
        }
    }

    private void goAwayFrame(int id, byte[] payload) {
        if (id != 0 || payload.length < 8) {
            wrong("a malformed GOAWAY");
            return;
        }
        int last = getInt(payload, 0);
        long code = getInt(payload, 4);
        if (last > theirGoAway) {
            wrong("a GOAWAY that takes back the one before: " + last + " after " + theirGoAway);
            return;
        }
        theirGoAway = last;
        theyGoAway = true;
        if (code != NO_ERROR) {
            ledger.violated(name + " gets GOAWAY for error " + code + ": "
                    + new String(payload, 8, payload.length - 8, java.nio.charset.StandardCharsets.US_ASCII));
        }
        side.goneAway(last, code);
    }

    private void windowFrame(int id, byte[] payload) {
        int more = payload.length == 4 ? getInt(payload, 0) : 0;
        if (more <= 0) {
            wrong("a malformed update of a window");
        } else if (id == 0) {
            sendWindow += more;
            if (sendWindow > Integer.MAX_VALUE) {
                wrong("a window that overflows");
            }
        } else {
            Stream stream = stream(id, "an update of the window");
            if (stream != null) {
                stream.sendWindow += more;
                if (stream.sendWindow > Integer.MAX_VALUE) {
                    wrong("a window of a stream that overflows");
                }
            }
        }
    }
}
