package dev.slb.forwarder.l7.rewrite;

import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.forwarder.l7.head.ChunkReader;
import dev.slb.forwarder.l7.head.HeadWriter;
import dev.slb.forwarder.l7.head.HeaderName;
import dev.slb.forwarder.l7.head.Method;
import dev.slb.forwarder.l7.head.RequestHead;
import dev.slb.forwarder.l7.head.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Compresses the answer to one request, if it is one to be compressed: between the server's leg and the client's, so
 * that either sees an ordinary message of HTTP/1. The compressed body is chunked, whatever framing it came in.
 *
 * <p>What a server sends and then pauses reaches the client, decompressible ({@link #flush}).
 */
public final class AnswerGzip {

    /** So many header lines a compressed answer has more than it came with. */
    static final int MAX_MORE = 2;

    private static final byte[] VERSION = Ascii.bytes("HTTP/1.1");
    private static final byte[] CRLF = Ascii.bytes("\r\n");
    private static final byte[] ADDED = Ascii.bytes("Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n");
    private static final byte[] VARY_LINE = Ascii.bytes("Vary: Accept-Encoding\r\n");
    private static final byte[] WEAK = Ascii.bytes("W/");
    private static final byte[] VARY = Ascii.bytes("vary");
    private static final byte[] ACCEPT_ENCODING = Ascii.bytes("accept-encoding");
    private static final byte[] ANY = Ascii.bytes("*");
    private static final byte[] ETAG = Ascii.bytes("etag");
    private static final byte[] ACCEPT_RANGES = Ascii.bytes("accept-ranges");
    private static final byte[] GZIP_HEAD = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};

    private static final byte[] LAST_CHUNK = Ascii.bytes("0\r\n");

    /** The size of a chunk in hexadecimal, and the end of its line. */
    private static final int CHUNK_HEAD = 8 + 2;

    private static final int MIN_ROOM = 512;

    /** Hears of bytes of bodies that were compressed, before and after. */
    public interface Meter {

        void compressed(int before, int after);
    }

    private final ByteBufAllocator allocator;
    private final Deflaters deflaters;
    private final HeadWriter writer;
    private final Meter meter;
    private final GzipRules rules;
    private final boolean accepted;
    private final boolean headOnly;
    /** What the client has, as entity tags; null: nothing, or the answer is not about that. */
    private final byte[] known;

    // Only while this answer is being compressed.
    private Deflater deflater;
    private CRC32 checksum;
    private ChunkReader chunks;
    private boolean begun;
    /** Something has gone in that may not have come out. */
    private boolean dirty;

    private AnswerGzip(
            ByteBufAllocator allocator,
            Deflaters deflaters,
            HeadWriter writer,
            Meter meter,
            GzipRules rules,
            RequestHead head) {
        this.allocator = allocator;
        this.deflaters = deflaters;
        this.writer = writer;
        this.meter = meter;
        this.rules = rules;
        this.accepted = rules.accepts(head);
        this.headOnly = head.method() == Method.HEAD;
        this.known = head.has(HeaderName.IF_NONE_MATCH) ? Ascii.bytes(head.values(HeaderName.IF_NONE_MATCH)) : null;
    }

    /**
     * Null when the listener compresses nothing.
     *
     * @param writer used within a call, never across calls
     */
    public static AnswerGzip of(
            ByteBufAllocator allocator,
            Deflaters deflaters,
            HeadWriter writer,
            Meter meter,
            GzipRules rules,
            RequestHead head) {
        return rules == null ? null : new AnswerGzip(allocator, deflaters, writer, meter, rules, head);
    }

    /** Whether this answer is being compressed. */
    public boolean isActive() {
        return deflater != null;
    }

    /**
     * The answer as it goes on. When that is another one than came, {@code head} is then a view of it.
     *
     * @param in begins with the head, and goes on with what came of the body
     * @param end whether that is all of it
     */
    public ByteBuf answer(ResponseHead head, ByteBuf in, boolean end) {
        if (!rules.concerns(head)) {
            return in;
        }
        boolean compressed = accepted && rules.isCompressible(head, bodyBytes(head, in, end));
        if (compressed && !headOnly) {
            deflater = deflaters.take();
            compressed = deflater != null;
        }
        boolean varies = varies(head);
        ByteBuf out = compressed || isKnownAsWeak(head) ? weakened(head, compressed, in, end) : in;
        if (!varies) {
            head.add(VARY_LINE);
        }
        return out;
    }

    private ByteBuf weakened(ResponseHead head, boolean compressed, ByteBuf in, boolean end) {
        chunks = head.isChunked() ? new ChunkReader() : null;
        writer.clear();
        rewrite(head, compressed, writer);
        in.skipBytes(head.length());
        ByteBuf out;
        if (deflater == null) {
            out = writer.copy(allocator, in.readableBytes()).writeBytes(in);
            in.release();
        } else {
            checksum = new CRC32();
            ByteBuf body = body(in, end);
            out = writer.copy(allocator, body == null ? 0 : body.readableBytes());
            if (body != null) {
                out.writeBytes(body);
                body.release();
            }
        }
        head.scan(out, Integer.MAX_VALUE - 1);
        return out;
    }

    private long bodyBytes(ResponseHead head, ByteBuf in, boolean end) {
        if (head.contentLength() >= 0) {
            return head.contentLength();
        }
        return end && !headOnly ? in.readableBytes() - head.length() : -1;
    }

    /**
     * Whether the answer says that what the client has is still good, and that is what was compressed: then it has to say so of
     * the very validator that the client has. One that has both means the one that it would get now.
     */
    private boolean isKnownAsWeak(ResponseHead head) {
        if (head.status() != 304 || known == null) {
            return false;
        }
        for (int i = 0; i < head.headers(); i++) {
            int start = head.valueStart(i);
            int end = head.valueEnd(i);
            if (GzipRules.is(head, i, ETAG) && EntityTags.isStrong(head.bytes(), start, end)) {
                byte[] weak = Ascii.bytes("W/" + head.text(start, end));
                return EntityTags.has(known, 0, known.length, weak, 0, weak.length)
                        && (accepted || !EntityTags.has(known, 0, known.length, head.bytes(), start, end));
            }
        }
        return false;
    }

    /** Caches must know that what they have depends on what was accepted, also of what went uncompressed. */
    private static boolean varies(ResponseHead head) {
        for (int i = 0; i < head.headers(); i++) {
            if (GzipRules.is(head, i, VARY)
                    && (GzipRules.has(head, i, ACCEPT_ENCODING) || GzipRules.has(head, i, ANY))) {
                return true;
            }
        }
        return false;
    }

    private static void rewrite(ResponseHead head, boolean compressed, HeadWriter out) {
        out.write(VERSION);
        int kept = VERSION.length;
        for (int i = 0; i < head.headers(); i++) {
            int start = head.valueStart(i);
            int end = head.valueEnd(i);
            boolean tag = GzipRules.is(head, i, ETAG);
            if (tag && EntityTags.isStrong(head.bytes(), start, end)) { // the bytes differ, what they mean does not
                out.write(head.bytes(), kept, start - kept);
                out.write(WEAK);
                kept = start;
            } else if (compressed && isOfTheBytes(head, i, tag) || isLengthOfAnother(head, i)) {
                out.write(head.bytes(), kept, head.nameStart(i) - kept);
                kept = head.lineEnd(i);
            }
        }
        out.write(head.bytes(), kept, head.length() - CRLF.length - kept);
        if (compressed) {
            out.write(ADDED);
        }
        out.write(CRLF);
    }

    /** A 304 has the length of the answer 200, or none; what the client has was compressed, and had none. */
    private static boolean isLengthOfAnother(ResponseHead head, int header) {
        return head.status() == 304 && head.name(header) == HeaderName.CONTENT_LENGTH;
    }

    /** What says something of the bytes that is not true any more; a tag that is none does so, too. */
    private static boolean isOfTheBytes(ResponseHead head, int header, boolean tag) {
        HeaderName name = head.name(header);
        return name == HeaderName.CONTENT_LENGTH
                || name == HeaderName.TRANSFER_ENCODING
                || GzipRules.is(head, header, ACCEPT_RANGES)
                || tag && !EntityTags.isWeak(head.bytes(), head.valueStart(header), head.valueEnd(header));
    }

    /**
     * More of the body.
     *
     * @return null when nothing comes out yet; never at the end
     */
    public ByteBuf body(ByteBuf in, boolean end) {
        int inBytes = in.readableBytes();
        if (inBytes == 0 && !end) {
            in.release();
            return null;
        }
        ByteBuf out = newChunk(Math.max(MIN_ROOM, inBytes / 2));
        if (chunks == null) {
            deflate(in, inBytes, out);
        } else {
            for (int data = chunks.next(in); data > 0; data = chunks.next(in)) {
                deflate(in, data, out);
                in.skipBytes(data);
            }
        }
        in.release();
        if (end) {
            int total = deflater.getTotalIn();
            deflater.finish();
            while (!deflater.finished()) {
                drain(out, Deflater.NO_FLUSH);
            }
            out.writeIntLE((int) checksum.getValue()).writeIntLE(total);
        }
        ByteBuf chunk = endChunk(out);
        if (end) { // then there is one, with the checksum at least
            chunk.writeBytes(LAST_CHUNK);
            if (chunks != null && chunks.hasTrailers()) {
                chunk.writeBytes(chunks.trailers(), 0, chunks.trailerBytes());
            }
            chunk.writeBytes(CRLF);
        }
        meter.compressed(inBytes, chunk == null ? 0 : chunk.readableBytes());
        return chunk;
    }

    /** What has gone in so far comes out, null when it has. */
    public ByteBuf flush() {
        if (!dirty) {
            return null;
        }
        dirty = false;
        ByteBuf out = newChunk(MIN_ROOM);
        int room;
        int count;
        do {
            out.ensureWritable(MIN_ROOM);
            room = out.writableBytes();
            count = drain(out, Deflater.SYNC_FLUSH);
        } while (count == room);
        ByteBuf chunk = endChunk(out);
        meter.compressed(0, chunk == null ? 0 : chunk.readableBytes());
        return chunk;
    }

    private void deflate(ByteBuf in, int bytes, ByteBuf out) {
        if (bytes == 0) {
            return;
        }
        dirty = true;
        ByteBuffer data = in.nioBuffer(in.readerIndex(), bytes);
        checksum.update(data.duplicate());
        deflater.setInput(data);
        while (!deflater.needsInput()) {
            drain(out, Deflater.NO_FLUSH);
        }
    }

    private int drain(ByteBuf out, int mode) {
        out.ensureWritable(MIN_ROOM);
        int at = out.writerIndex();
        int count = deflater.deflate(out.internalNioBuffer(at, out.writableBytes()), mode);
        out.writerIndex(at + count);
        return count;
    }

    /** A buffer with room for a chunk's size in front. */
    private ByteBuf newChunk(int room) {
        ByteBuf out = allocator.ioBuffer(CHUNK_HEAD + GZIP_HEAD.length + room + MIN_ROOM);
        out.writeZero(CHUNK_HEAD);
        if (!begun) {
            begun = true;
            out.writeBytes(GZIP_HEAD);
        }
        return out;
    }

    /** Writes the size, which is known now, in front, and the line end behind. Null for an empty chunk. */
    private static ByteBuf endChunk(ByteBuf out) {
        int length = out.readableBytes() - CHUNK_HEAD;
        if (length == 0) {
            out.release();
            return null;
        }
        int at = CHUNK_HEAD;
        out.setByte(--at, Ascii.LF);
        out.setByte(--at, Ascii.CR);
        for (int rest = length; rest > 0; rest >>>= 4) {
            out.setByte(--at, Character.forDigit(rest & 15, 16));
        }
        out.readerIndex(at);
        return out.writeBytes(CRLF);
    }

    /** The answer is complete, or given up. */
    public void close() {
        if (deflater != null) {
            deflaters.give(deflater);
            deflater = null;
        }
    }
}
