package dev.slb.forwarder.table;

import dev.slb.forwarder.accesslog.AccessLog;
import dev.slb.forwarder.accesslog.LineEncoder;
import dev.slb.forwarder.accesslog.LoopLog;
import dev.slb.forwarder.limits.ListenerLimits;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.Transport;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderStats;
import dev.slb.plan.ListenerProtocol;
import dev.slb.plan.LogFormat;

import java.util.Collection;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/** What a listener is while it runs, over all its versions: the current table, counts, connections by event loop. */
public final class ListenerRuntime {

    private final DocumentId id;
    private final ListenerProtocol protocol;
    private final Transport transport;
    private final Refusals refusals;
    private final Refusals ownRefusals = new Refusals();
    private final AccessLog accessLog;
    private final ListenerLimits limits;
    private final ConnectionRegistry[] connections;
    private final Traffic[] traffic;
    private final LongAdder accepted = new LongAdder();
    private final LongAdder closed = new LongAdder();
    private final LongAdder requests = new LongAdder();
    private final ConcurrentHashMap<Member, Usage> usages = new ConcurrentHashMap<>();
    private volatile Consumer<Usage> used = usage -> {};
    private volatile ListenerTable table;
    private volatile LineEncoder lineEncoder;
    private volatile boolean draining;

    /**
     * @param refusals of the whole forwarder
     * @param accessLog of the whole forwarder, null when it has none
     * @param limits of this listener
     */
    public ListenerRuntime(
            DocumentId id,
            ListenerProtocol protocol,
            Transport transport,
            Refusals refusals,
            AccessLog accessLog,
            ListenerLimits limits) {
        this.id = id;
        this.protocol = protocol;
        this.transport = transport;
        this.refusals = refusals;
        this.accessLog = accessLog;
        this.limits = limits;
        this.connections = new ConnectionRegistry[transport.loops().size()];
        this.traffic = new Traffic[connections.length];
        for (int i = 0; i < connections.length; i++) {
            connections[i] = new ConnectionRegistry();
            traffic[i] = new Traffic();
        }
    }

    public DocumentId id() {
        return id;
    }

    public ListenerProtocol protocol() {
        return protocol;
    }

    /** Who may come in, how many, how fast. */
    public ListenerLimits limits() {
        return limits;
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
     * that have no server yet: the others are in a {@link Usage}.
     */
    public ConnectionRegistry connections(Loop loop) {
        return connections[loop.index()];
    }

    /** What this listener has of a member, made when it is new. Without a lock, unless it is. */
    public Usage usage(Member member) {
        Usage usage = usages.get(member);
        return usage != null ? usage : newUsage(member);
    }

    private Usage newUsage(Member member) {
        Usage made = new Usage(member, transport.loops());
        Usage before = usages.putIfAbsent(member, made);
        if (before != null) {
            return before;
        }
        used.accept(made);
        return made;
    }

    /** @param told of each new usage, on the event loop that makes it and before something can begin there */
    public void whenUsed(Consumer<Usage> told) {
        used = told;
    }

    /** Of the members that it has picked and not forgotten. Any thread. */
    public Collection<Usage> usages() {
        return usages.values();
    }

    /**
     * Control thread: forgets a usage if nothing runs but what was told to end.
     *
     * @return false when something runs, or was just about to begin
     */
    public boolean forget(Usage usage) {
        return usage.retire() && usages.remove(usage.member(), usage);
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
        ownRefusals.count(reason);
    }

    /** Connections and requests of this listener that were not served, by reason. */
    public SortedMap<String, Long> refusals() {
        return ownRefusals.counts();
    }

    /** Whose listener it is. */
    public DocumentId loadBalancer() {
        return table.plan().loadBalancer();
    }

    /** What this loop counts. */
    public Traffic traffic(Loop loop) {
        return traffic[loop.index()];
    }

    /** How lines of the access log look; null when there are to be none. */
    public LineEncoder lineEncoder() {
        return lineEncoder;
    }

    /** This loop's end of the access log; only while there is a {@link #lineEncoder}. */
    public LoopLog lines(Loop loop) {
        return accessLog.loop(loop.index());
    }

    /** UDP: counts a datagram that was not passed on. Called on the loop. */
    public void countDrop(Loop loop, String reason) {
        traffic(loop).add(Traffic.Count.PACKETS_DROPPED, 1);
        countRefusal(reason);
    }

    /** UDP: counts so many datagrams that were not passed on. Called on the loop. */
    public void countDrops(Loop loop, String reason, int datagrams) {
        for (int i = 0; i < datagrams; i++) {
            countDrop(loop, reason);
        }
    }

    public ForwarderStats.ListenerStats stats() {
        long closedBefore = closed.sum();
        long acceptedNow = accepted.sum();
        return new ForwarderStats.ListenerStats(
                acceptedNow - closedBefore,
                acceptedNow,
                requests.sum(),
                limits.bandwidthWaits(),
                limits.bandwidthWaitMillis(),
                protocol == ListenerProtocol.UDP ? datagrams() : null);
    }

    private ForwarderStats.DatagramStats datagrams() {
        return new ForwarderStats.DatagramStats(
                sum(Traffic.Count.PACKETS_IN),
                sum(Traffic.Count.BYTES_IN),
                sum(Traffic.Count.PACKETS_OUT),
                sum(Traffic.Count.BYTES_OUT),
                sum(Traffic.Count.PACKETS_DROPPED),
                sum(Traffic.Count.FLOWS_MOVED),
                sum(Traffic.Count.SEGMENTS_REFUSED));
    }

    private long sum(Traffic.Count count) {
        long sum = 0;
        for (Traffic each : traffic) {
            sum += each.get(count);
        }
        return sum;
    }

    /** Control thread: from now on this version. */
    public void install(ListenerTable next) {
        boolean logs = accessLog != null && next.plan().accessLog() != null;
        lineEncoder =
                logs ? LineEncoder.of(LogFormat.parse(next.plan().accessLog().format())) : null;
        limits.install(next.plan());
        table = next;
    }

    /** Control thread: a bandwidth limit came. */
    public void limitBandwidth() {
        onLoops(Tracked::limitBandwidth);
    }

    /** Control thread: withdrawn. */
    public void drain() {
        draining = true;
        limits.drain();
        onLoops(Tracked::drain);
    }

    /** Control thread: the time for draining is over. */
    public void end(Tracked.End how) {
        onLoops(connection -> connection.end(how));
    }

    private void onLoops(Consumer<Tracked> action) {
        for (Loop loop : transport.loops()) {
            loop.eventLoop().execute(() -> connections[loop.index()].forEach(action, loop.faults()));
        }
    }
}
