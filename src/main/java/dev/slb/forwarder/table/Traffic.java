package dev.slb.forwarder.table;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What one event loop counts of one listener. Written by that loop alone, with plain additions, and read by whoever asks:
 * sums over all loops are made then. A reader sees each number whole, but numbers of different moments.
 */
public final class Traffic {

    /** What is counted. */
    public enum Count {
        /** Bytes from clients: of the connection, TLS's own aside. */
        BYTES_IN,
        /** Bytes to clients. */
        BYTES_OUT,
        /** UDP datagrams from clients that were passed on. */
        PACKETS_IN,
        /** UDP datagrams to clients. */
        PACKETS_OUT,
        /** UDP datagrams that were not passed on, in either direction. */
        PACKETS_DROPPED,
        /** Times that a UDP flow went to another server, since the one that it had left, failed or did not listen. */
        FLOWS_MOVED,
        /** Times that the kernel refused to send several datagrams of a UDP flow by one call. */
        SEGMENTS_REFUSED,
        /** Requests by the class of the status that the client got; 1xx is an upgrade. */
        ANSWERED_1XX,
        ANSWERED_2XX,
        ANSWERED_3XX,
        ANSWERED_4XX,
        ANSWERED_5XX,
        /** The client went before it was answered. */
        ANSWERED_NOTHING,
        /** Requests to servers by the class of the status that came. */
        UPSTREAM_1XX,
        UPSTREAM_2XX,
        UPSTREAM_3XX,
        UPSTREAM_4XX,
        UPSTREAM_5XX,
        /** No connection, or no answer. */
        UPSTREAM_NOTHING,
        /** Bodies of answers that were compressed: bytes before and after. */
        GZIP_IN,
        GZIP_OUT
    }

    private static final VarHandle COUNTS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int COUNT = Count.values().length;
    /** Keeps the numbers of different loops on different cache lines. */
    private static final int PAD = 16;

    private final long[] counts = new long[PAD + COUNT + PAD];
    private final Durations requests = new Durations();
    private final Durations upstream = new Durations();

    /** Called on the loop. */
    public void add(Count count, long number) {
        int at = PAD + count.ordinal();
        COUNTS.setOpaque(counts, at, counts[at] + number);
    }

    /**
     * A request is over. Called on the loop.
     *
     * @param status that the client got, 0 for none
     * @param nanos that it took; those of an upgrade, the life of a tunnel, are not counted
     */
    public void request(int status, long nanos) {
        add(ofClass(Count.ANSWERED_1XX, Count.ANSWERED_NOTHING, status), 1);
        if (status >= 200) {
            requests.add(nanos);
        }
    }

    /**
     * An attempt at a server is over. Called on the loop.
     *
     * @param status that the server gave, 0 for none
     * @param nanos from the connection to the last byte, counted when there was an answer
     */
    public void attempt(int status, long nanos) {
        add(ofClass(Count.UPSTREAM_1XX, Count.UPSTREAM_NOTHING, status), 1);
        if (status >= 200) {
            upstream.add(nanos);
        }
    }

    private static final Count[] ALL = Count.values();

    private static Count ofClass(Count first, Count nothing, int status) {
        int hundreds = status / 100;
        return hundreds < 1 || hundreds > 5 ? nothing : ALL[first.ordinal() + hundreds - 1];
    }

    public long get(Count count) {
        return (long) COUNTS.getOpaque(counts, PAD + count.ordinal());
    }

    /** How long requests took. */
    public Durations requests() {
        return requests;
    }

    /** How long servers took. */
    public Durations upstream() {
        return upstream;
    }
}
