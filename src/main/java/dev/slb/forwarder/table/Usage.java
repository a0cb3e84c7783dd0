package dev.slb.forwarder.table;

import dev.slb.forwarder.transport.Loop;

import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * A {@link Member} as one listener uses it: its counts, and the connections to it, by event loop. Made when the listener first picks
 * it ({@link ListenerRuntime#usage}), and found again over all versions until the server has left and nothing runs.
 */
public final class Usage {

    private final Member member;
    private final List<Loop> loops;
    private final ConnectionRegistry[] connections;
    private final LongAdder picks = new LongAdder();
    private final LongAdder returns = new LongAdder();
    private volatile boolean ended;

    Usage(Member member, List<Loop> loops) {
        this.member = member;
        this.loops = loops;
        this.connections = new ConnectionRegistry[loops.size()];
        for (int i = 0; i < connections.length; i++) {
            connections[i] = new ConnectionRegistry();
        }
    }

    public Member member() {
        return member;
    }

    /** Counts a connection (layer 4) or a request (layer 7) that was sent to the server. */
    public void countPick() {
        picks.increment();
    }

    public long picks() {
        return picks.sum();
    }

    /** One of the picks was decided by session persistence, not by the scheduler. */
    public void countReturn() {
        returns.increment();
    }

    /** The picks that the scheduler decided. */
    public long choices() {
        long returned = returns.sum();
        return Math.max(0, picks.sum() - returned);
    }

    /** Connections (layer 4) or requests (layer 7) that run now. */
    public int active() {
        int active = 0;
        for (ConnectionRegistry each : connections) {
            active += each.size();
        }
        return active;
    }

    /**
     * One more runs over this connection: it is found when the server leaves. Called on the loop.
     *
     * @return false when the time of this server is over since it was picked: then nothing has begun, another is needed
     */
    public boolean begin(Loop loop, Tracked connection) {
        ConnectionRegistry registry = connections[loop.index()];
        registry.add(connection); // before the flag is read: retire() sets it and then reads the sizes
        if (ended || !member.begin()) {
            registry.remove(connection);
            return false;
        }
        return true;
    }

    /** What {@link #begin} began has ended. Called on the loop. */
    public void finish(Loop loop, Tracked connection) {
        connections[loop.index()].remove(connection);
        member.finish();
    }

    /** Control thread: a bandwidth limit came. */
    public void limitBandwidth() {
        onLoops(Tracked::limitBandwidth);
    }

    /** Control thread: asks all connections to end when they can. */
    public void drain() {
        onLoops(Tracked::drain);
    }

    /** Control thread: the server has left or turned abnormal. */
    public void leave() {
        onLoops(Tracked::serverLeaves);
    }

    /** Control thread: ends all connections, and lets none begin until {@link #reopen}. */
    public void end(Tracked.End how) {
        // A loop that begins one before it runs the task below ends it there; later ones see the flag.
        ended = true;
        onLoops(connection -> connection.end(how));
    }

    /**
     * Control thread: lets none begin any more, if none runs but those that were told to {@link #end}.
     *
     * @return false when one runs, or was just about to begin: then all is as it was
     */
    boolean retire() {
        if (ended) {
            return true;
        }
        ended = true;
        if (active() == 0) {
            return true;
        }
        ended = false;
        return false;
    }

    /** Control thread: the server is back. */
    public void reopen() {
        ended = false;
    }

    private void onLoops(Consumer<Tracked> action) {
        for (Loop loop : loops) {
            loop.eventLoop().execute(() -> connections[loop.index()].forEach(action, loop.faults()));
        }
    }
}
