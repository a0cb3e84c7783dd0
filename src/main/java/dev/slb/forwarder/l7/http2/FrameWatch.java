package dev.slb.forwarder.l7.http2;

import io.netty.buffer.ByteBuf;

/**
 * Follows the frames of a client of HTTP/2 through the bytes as they arrive, to tell whether the fields of a request have
 * begun and not ended. The decoder says nothing before they are complete, and clients that are slow on purpose complete nothing.
 */
final class FrameWatch {

    private static final int PREFACE_BYTES = 24;
    private static final int HEADER_BYTES = 9;
    private static final int HEADERS = 1;
    private static final int CONTINUATION = 9;
    private static final int END_HEADERS = 4;

    private int payload = PREFACE_BYTES;
    private int headerBytes;
    private int length;
    private byte type = -1;
    private byte flags;
    private boolean continues;
    private int heads;

    void follow(ByteBuf in) {
        int at = in.readerIndex();
        int end = in.writerIndex();
        while (at < end) {
            if (payload > 0) {
                int here = Math.min(payload, end - at);
                at += here;
                payload -= here;
            } else {
                header(in.getByte(at++));
            }
        }
    }

    private void header(byte b) {
        switch (headerBytes++) {
            case 0 -> length = b & 0xff;
            case 1, 2 -> length = length << 8 | b & 0xff;
            case 3 -> type = b;
            case 4 -> flags = b;
            case HEADER_BYTES - 1 -> {
                headerBytes = 0;
                payload = length;
                if (type == HEADERS) {
                    heads++;
                }
                if (type == HEADERS || type == CONTINUATION) {
                    continues = (flags & END_HEADERS) == 0;
                }
            }
            default -> {} // the stream
        }
    }

    /** Whether fields have begun and not ended. */
    boolean isInHead() {
        return continues || payload > 0 && (type == HEADERS || type == CONTINUATION);
    }

    /** How many times fields have begun. */
    int heads() {
        return heads;
    }
}
