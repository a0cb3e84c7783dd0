package dev.slb.forwarder.table;

import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.Transport;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderStats;
import dev.slb.plan.ListenerProtocol;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/** What a listener is while it runs, over all its versions: the current table, counts, connections by event loop. */
public final class ListenerRuntime {

    private final DocumentId id;
    private final ListenerProtocol protocol;
    private final Transport transport;
    private final Refusals refusals;
    private final ConnectionRegistry[] connections;
    private final LongAdder accepted = new LongAdder();
    private final LongAdder closed = new LongAdder();
    private final LongAdder requests = new LongAdder();
    private volatile ListenerTable table;
    private volatile boolean draining;

    public ListenerRuntime(DocumentId id, ListenerProtocol protocol, Transport transport, Refusals refusals) {
        this.id = id;
        this.protocol = protocol;
        this.transport = transport;
        this.refusals = refusals;
        this.connections = new ConnectionRegistry[transport.loops().size()];
        for (int i = 0; i < connections.length; i++) {
            connections[i] = new ConnectionRegistry();
        }
    }

    public DocumentId id() {
        return id;
    }

    public ListenerProtocol protocol() {
        return protocol;
    }

    public Transport transport() {
        return transport;
    }

    /** The version that is served now; never null once the listener accepts. */
    public ListenerTable table() {
        return table;
    }

    /** Withdrawn: what runs may end, nothing new begins on a connection (HTTP answers with {@code Connection: close}). */
    public boolean isDraining() {
        return draining;
    }

    /**
     * Client connections of this loop, for {@link Tracked#drain} when the listener is withdrawn. On layer 4 only those
     * that have no server yet: the others are in their {@link Member}'s.
     */
    public ConnectionRegistry connections(Loop loop) {
        return connections[loop.index()];
    }

    public void countAccepted() {
        accepted.increment();
    }

    public void countClosed() {
        closed.increment();
    }

    public void countRequest() {
        requests.increment();
    }

    /** Counts a connection or request that was not served. */
    public void countRefusal(String reason) {
        refusals.count(reason);
    }

    public ForwarderStats.ListenerStats stats() {
        long closedBefore = closed.sum();
        long acceptedNow = accepted.sum();
        return new ForwarderStats.ListenerStats(acceptedNow - closedBefore, acceptedNow, requests.sum());
    }

    /** Control thread: from now on this version. */
    public void install(ListenerTable next) {
        table = next;
    }

    /** Control thread: withdrawn. */
    public void drain() {
        draining = true;
        onLoops(Tracked::drain);
    }

    /** Control thread: the time for draining is over. */
    public void end(Tracked.End how) {
        onLoops(connection -> connection.end(how));
    }

    private void onLoops(Consumer<Tracked> action) {
        for (Loop loop : transport.loops()) {
            loop.eventLoop().execute(() -> connections[loop.index()].forEach(action));
        }
    }
}
