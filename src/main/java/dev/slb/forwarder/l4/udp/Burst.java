package dev.slb.forwarder.l4.udp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Datagrams of one flow in one direction that have come one after another and can go on by one call, the kernel cutting
 * them apart: all are of one length, only the last may be shorter. An empty one goes alone.
 */
final class Burst {

    /** What is longer may have to be fragmented, which can't be done by one call, and costs more to copy than is saved. */
    static final int MAX_LENGTH = 1472;

    /** With a header of the PROXY protocol for each it is no longer than a datagram may be. */
    static final int MAX_BYTES = 60 * 1024;

    /** What every kernel takes at once. */
    private static final int MAX_DATAGRAMS = 64;

    private final ByteBuf buffer;
    /** Some of what the buffer has. */
    private final ByteBuf view;

    private int count;
    private int length;
    private int bytes;
    private boolean complete;

    /** @param longest of the datagrams to be appended, in bytes */
    Burst(int longest) {
        int most = Math.max(MAX_BYTES, longest); // one that is longer than a burst may be goes alone
        buffer = Unpooled.directBuffer(most + longest, most + longest);
        view = buffer.duplicate();
    }

    /** Empties it, and returns its buffer. */
    ByteBuf emptied() {
        buffer.clear();
        reset();
        return buffer;
    }

    /** To append the next datagram to; then it must be added or taken back. */
    ByteBuf buffer() {
        return buffer;
    }

    /** The datagram of this length that the buffer ends with; valid until another view is asked for. */
    ByteBuf last(int last) {
        return view.setIndex(buffer.writerIndex() - last, buffer.writerIndex());
    }

    boolean takes(int next) {
        return count == 0
                || !complete && next > 0 && next <= length && count < MAX_DATAGRAMS && bytes + next <= MAX_BYTES;
    }

    /** Adds the datagram of this length that the buffer ends with, and that it {@link #takes}. */
    void add(int next) {
        if (count == 0) {
            length = next;
        }
        count++;
        bytes += next;
        complete = next < length || length == 0 || length > MAX_LENGTH;
    }

    /** Takes the datagram of this length back that the buffer ends with, and that was not added. */
    void takeBack(int last) {
        buffer.writerIndex(buffer.writerIndex() - last);
    }

    /** Number of datagrams. */
    int count() {
        return count;
    }

    /** Of each datagram but the last, in bytes. */
    int length() {
        return length;
    }

    /** Of all datagrams. */
    int bytes() {
        return bytes;
    }

    /** All datagrams, one after another; valid until another view is asked for. */
    ByteBuf all() {
        return view.setIndex(0, bytes);
    }

    /** One of the datagrams; valid until another view is asked for. */
    ByteBuf datagram(int index) {
        return view.setIndex(index * length, Math.min((index + 1) * length, bytes));
    }

    /** Lets go of all datagrams; one that the buffer ends with, and that was not added, stays there. */
    void removeAll() {
        buffer.readerIndex(bytes).discardReadBytes();
        reset();
    }

    private void reset() {
        count = 0;
        bytes = 0;
        complete = false;
    }

    void release() {
        buffer.release();
    }
}
