package dev.slb.simulation;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * One end of a TCP connection, as the kernel shows it: what is written travels in pieces, no more is taken than the other end has
 * room for, an end may be half-closed, and what comes to one that is closed is answered with a reset.
 */
public final class SimulatedSocket {

    /** Who reads and writes it. Told outside of event loops, and maybe for nothing. */
    public interface Owner {

        /** Bytes are there, the end, or an error. */
        void readable();

        /** What was not taken may be tried again. */
        void writable();
    }

    /** What is written at once is cut into no more than that. */
    private static final int MOST_PIECES = 12;

    private static final Owner NOBODY = new Owner() {
        @Override
        public void readable() {}

        @Override
        public void writable() {}
    };

    private final Network network;
    private final Driver driver;
    private final SplittableRandom chance;
    private final Network.Weather weather;
    private final String name;
    private final InetSocketAddress local;
    private final InetSocketAddress remote;
    private Owner owner = NOBODY;
    private SimulatedSocket peer;
    private boolean established;

    // What comes.
    private final ArrayDeque<byte[]> received = new ArrayDeque<>();
    private int offset;
    private int receivedBytes;
    private boolean finReceived;
    private boolean resetReceived;

    // What goes.
    private int unread;
    private boolean wantsToWrite;
    private boolean outputEnded;
    private long lastArrival;
    private boolean closed;

    SimulatedSocket(
            Network network,
            SplittableRandom chance,
            Network.Weather weather,
            String name,
            InetSocketAddress local,
            InetSocketAddress remote) {
        this.network = network;
        this.driver = network.driver();
        this.chance = chance;
        this.weather = weather;
        this.name = name;
        this.local = local;
        this.remote = remote;
    }

    void join(SimulatedSocket client) {
        peer = client;
        established = true;
        client.peer = this;
    }

    void established() {
        established = true;
    }

    /** From now on this one is told, at once if there is something. */
    public void owner(Owner next) {
        owner = next;
        if (receivedBytes > 0 || finReceived || resetReceived) {
            driver.after(0, () -> owner.readable());
        }
    }

    long delay() {
        return chance.nextLong(weather.mostDelayNanos() + 1);
    }

    public InetSocketAddress local() {
        return local;
    }

    public InetSocketAddress remote() {
        return remote;
    }

    /** Whether the other end was closed, though it may not be known here yet. */
    boolean isPeerClosed() {
        return peer != null && peer.closed;
    }

    /** Whether this end was closed. */
    public boolean isClosed() {
        return closed;
    }

    /** Whether the other end has broken the connection, as far as is known here. */
    public boolean isReset() {
        return resetReceived;
    }

    /** Whether the other end has ended its output, and everything before that is here. */
    public boolean isInputEnded() {
        return finReceived;
    }

    private void arrive(Runnable what) {
        long arrival = Math.max(lastArrival, driver.nanoTime() + delay());
        lastArrival = arrival;
        driver.at(arrival, what);
    }

    /**
     * Writes as much as there is room for.
     *
     * @return how much, 0 when there is none: {@link Owner#writable} follows
     * @throws IOException when the connection is broken, or closed by the other end
     */
    public int write(byte[] bytes, int start, int length) throws IOException {
        if (closed || outputEnded) {
            throw new IOException("Broken pipe");
        }
        if (resetReceived) {
            throw new IOException("Connection reset by peer");
        }
        int room = Math.min(length, weather.window() - unread);
        if (room <= 0) {
            wantsToWrite = true;
            return 0;
        }
        unread += room;
        int from = start;
        int end = start + room;
        int least = room / MOST_PIECES;
        while (from < end) {
            int piece = Math.min(end - from, least + 1 + chance.nextInt(weather.mostBytesAtOnce()));
            byte[] copy = Arrays.copyOfRange(bytes, from, from + piece);
            SimulatedSocket to = peer;
            arrive(() -> to.arrived(copy));
            from += piece;
        }
        if (room < length) {
            wantsToWrite = true;
        }
        return room;
    }

    private void arrived(byte[] bytes) {
        if (closed) {
            answerByReset();
            return;
        }
        if (resetReceived) {
            return;
        }
        received.add(bytes);
        receivedBytes += bytes.length;
        owner.readable();
    }

    /** What came to an end that is closed. */
    private void answerByReset() {
        SimulatedSocket to = peer;
        arrive(to::resetArrived);
    }

    /**
     * Reads what there is.
     *
     * @return how much; 0 when there is nothing yet, -1 at the end
     * @throws IOException when the other end has broken the connection
     */
    public int read(byte[] into, int start, int length) throws IOException {
        if (closed) {
            throw new IOException("Bad file descriptor");
        }
        int read = 0;
        while (read < length && !received.isEmpty()) {
            byte[] first = received.peek();
            int piece = Math.min(length - read, first.length - offset);
            System.arraycopy(first, offset, into, start + read, piece);
            read += piece;
            offset += piece;
            if (offset == first.length) {
                received.poll();
                offset = 0;
            }
        }
        if (read > 0) {
            receivedBytes -= read;
            int freed = read;
            SimulatedSocket from = peer;
            arrive(() -> from.taken(freed));
            return read;
        }
        if (resetReceived) {
            throw new IOException("Connection reset by peer");
        }
        return finReceived ? -1 : 0;
    }

    /** How many bytes are there to be read. */
    public int available() {
        return receivedBytes;
    }

    private void taken(int bytes) {
        unread -= bytes;
        // As the kernel: not for each byte that has room again.
        if (wantsToWrite && !closed && unread <= weather.window() / 2) {
            wantsToWrite = false;
            owner.writable();
        }
    }

    /** Whether it is there and not closed. */
    public boolean isEstablished() {
        return established && !closed;
    }

    /** Ends what goes out; what was written before arrives first. */
    public void shutdownOutput() throws IOException {
        if (closed || !established) {
            throw new IOException("Transport endpoint is not connected");
        }
        if (resetReceived) {
            throw new IOException("Transport endpoint is not connected");
        }
        if (!outputEnded) {
            outputEnded = true;
            SimulatedSocket to = peer;
            arrive(to::finArrived);
        }
    }

    private void finArrived() {
        if (closed || resetReceived) {
            return;
        }
        finReceived = true;
        owner.readable();
    }

    /** Closes: by a reset when there is something unread. */
    public void close() {
        close(receivedBytes > 0);
    }

    /** Closes by a reset. */
    public void reset() {
        close(true);
    }

    private void close(boolean byReset) {
        if (closed) {
            return;
        }
        closed = true;
        owner = NOBODY;
        received.clear();
        receivedBytes = 0;
        if (peer == null || resetReceived) {
            return;
        }
        SimulatedSocket to = peer;
        if (byReset) {
            arrive(to::resetArrived);
        } else if (!outputEnded) {
            outputEnded = true;
            arrive(to::finArrived);
        }
    }

    private void resetArrived() {
        if (closed || resetReceived) {
            return;
        }
        resetReceived = true;
        unread = 0;
        if (wantsToWrite) {
            wantsToWrite = false;
            owner.writable();
        }
        owner.readable();
    }

    Story story() {
        return network.story();
    }

    @Override
    public String toString() {
        return name;
    }
}
