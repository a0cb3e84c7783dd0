package dev.slb.forwarder.table;

import dev.slb.forwarder.transport.Loop;
import dev.slb.plan.DocumentId;

import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * One server as one listener uses it through one group: its counts, and the connections to it, by event loop. This is
 * what picking gives. It survives table swaps as {@link Server} does.
 */
public final class Member {

    private static final AtomicIntegerFieldUpdater<Member> ACTIVE =
            AtomicIntegerFieldUpdater.newUpdater(Member.class, "active");
    private static final AtomicIntegerFieldUpdater<Member> CONNECTING =
            AtomicIntegerFieldUpdater.newUpdater(Member.class, "connecting");

    private final DocumentId group;
    private final Server server;
    private final String name;
    private final List<Loop> loops;
    private final ConnectionRegistry[] connections;
    private final LongAdder picks = new LongAdder();
    private final LongAdder returns = new LongAdder();
    private volatile int active;
    private volatile int connecting;
    private volatile boolean ended;

    public Member(DocumentId group, Server server, String name, List<Loop> loops) {
        this.group = group;
        this.server = server;
        this.name = name;
        this.loops = loops;
        this.connections = new ConnectionRegistry[loops.size()];
    }

    public DocumentId group() {
        return group;
    }

    public Server server() {
        return server;
    }

    /** What people call the server. */
    public String name() {
        return name;
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
        return active;
    }

    /** What counts for least connections: those that run, and those that are being made and will run. */
    public int load() {
        return active + connecting;
    }

    /** A connection that was picked for this server is being made, and not {@link #begin begun}. */
    public void startConnecting() {
        CONNECTING.incrementAndGet(this);
    }

    /** It has been made, or can't be. */
    public void endConnecting() {
        CONNECTING.decrementAndGet(this);
    }

    /**
     * One more runs over this connection: it is found when the server leaves. Called on the loop.
     *
     * @return false when the time of this server is over since it was picked: then nothing has begun, another is needed
     */
    public boolean begin(Loop loop, Tracked connection) {
        ACTIVE.incrementAndGet(this); // before the flag is read: retire() sets it and then reads the count
        if (ended) {
            ACTIVE.decrementAndGet(this);
            return false;
        }
        ConnectionRegistry registry = connections[loop.index()];
        if (registry == null) {
            registry = new ConnectionRegistry();
            connections[loop.index()] = registry;
        }
        registry.add(connection);
        return true;
    }

    /** What {@link #begin} began has ended. Called on the loop. */
    public void finish(Loop loop, Tracked connection) {
        connections[loop.index()].remove(connection);
        ACTIVE.decrementAndGet(this);
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
     * Control thread: lets none begin any more, if none runs.
     *
     * @return false when one runs, or was just about to begin: then all is as it was
     */
    public boolean retire() {
        ended = true;
        if (active == 0) {
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
            loop.eventLoop().execute(() -> {
                ConnectionRegistry registry = connections[loop.index()];
                if (registry != null) {
                    registry.forEach(action, loop.faults());
                }
            });
        }
    }
}
