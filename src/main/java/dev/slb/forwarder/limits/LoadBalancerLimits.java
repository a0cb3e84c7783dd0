package dev.slb.forwarder.limits;

import dev.slb.forwarder.transport.TimeSource;
import dev.slb.plan.CapacityPlan;
import dev.slb.plan.LoadBalancerPlan;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What all listeners of a LoadBalancer share: its capacity and its bandwidth, of which this forwarder enforces its part.
 * Event loops only count; the control thread owns the rest.
 *
 * <p>Bandwidth (classic SLB): what listeners have caps for is reserved for them, used or not; those without
 * share what is left.
 */
public final class LoadBalancerLimits {

    /** What listeners without a cap have in any case, of the LoadBalancer's: caps that add up to more are not ours to refuse. */
    private static final double LEAST_REST = 0.01;

    private static final double BITS = 8;

    private final AtomicLong open = new AtomicLong();
    private final TimeSource time;
    private final Rate connections;
    private final Rate requests;
    private final Pipe restIn;
    private final Pipe restOut;
    private final Set<ListenerLimits> listeners = new LinkedHashSet<>();
    private volatile long mostOpen = Long.MAX_VALUE;
    private LoadBalancerPlan plan;

    public LoadBalancerLimits(TimeSource time) {
        this.time = time;
        this.connections = new Rate(time);
        this.requests = new Rate(time);
        this.restIn = new Pipe(time);
        this.restOut = new Pipe(time);
    }

    TimeSource time() {
        return time;
    }

    /** Control thread: a new version; null when there is none, then nothing is limited. */
    public void install(LoadBalancerPlan next) {
        plan = next;
        CapacityPlan capacity = next == null ? null : next.capacity();
        mostOpen = capacity == null ? Long.MAX_VALUE : part(capacity.maxConnections());
        connections.set(capacity == null ? 0 : (double) capacity.connectionsPerSecond() / next.forwarders());
        requests.set(capacity == null ? 0 : (double) capacity.requestsPerSecond() / next.forwarders());
        settle();
    }

    /** Control thread: the version, null when none is known. */
    public LoadBalancerPlan plan() {
        return plan;
    }

    /** Whether a version is known. */
    public boolean isPublished() {
        return plan != null;
    }

    /** Whether it has no listeners here. */
    public boolean isUnused() {
        return listeners.isEmpty();
    }

    void add(ListenerLimits listener) {
        listeners.add(listener);
        settle();
    }

    void remove(ListenerLimits listener) {
        listeners.remove(listener);
        settle();
    }

    /** This forwarder's part of a number of connections: rounded up, so that all together never refuse what is allowed. */
    long part(long whole) {
        int forwarders = plan == null ? 1 : plan.forwarders();
        return (whole + forwarders - 1) / forwarders;
    }

    private double bytes(double bitsPerSecond) {
        int forwarders = plan == null ? 1 : plan.forwarders();
        return bitsPerSecond / forwarders / BITS;
    }

    /** Control thread: the LoadBalancer, or what a listener reserves, has changed. */
    void settle() {
        Long whole = plan == null ? null : plan.bandwidthBitsPerSecond();
        if (whole == null) {
            listeners.forEach(each -> each.settle(null, null));
            return;
        }
        double rest = whole;
        for (ListenerLimits each : listeners) {
            rest -= each.reservedBits();
        }
        double restBytes = bytes(Math.max(rest, LEAST_REST * whole));
        restIn.set(restBytes, uncapped(true));
        restOut.set(restBytes, uncapped(false));
        listeners.forEach(each -> each.settle(restIn, restOut));
    }

    private PipeShare[] uncapped(boolean in) {
        return listeners.stream()
                .filter(each -> !each.isCapped())
                .map(each -> in ? each.in() : each.out())
                .toArray(PipeShare[]::new);
    }

    double capBytes(long bitsPerSecond) {
        return bytes(bitsPerSecond);
    }

    /** Takes a place for one more connection. @return null, or why there is none */
    String enter() {
        if (open.incrementAndGet() > mostOpen) {
            open.decrementAndGet();
            return LimitReasons.CONNECTIONS;
        }
        if (!connections.take()) {
            open.decrementAndGet();
            return LimitReasons.CONNECTION_RATE;
        }
        return null;
    }

    void leave() {
        open.decrementAndGet();
    }

    boolean takesRequest() {
        return requests.take();
    }

    boolean hasRequests() {
        return requests.has();
    }

    /** Connections, and UDP flows, open now. */
    public long open() {
        return open.get();
    }
}
