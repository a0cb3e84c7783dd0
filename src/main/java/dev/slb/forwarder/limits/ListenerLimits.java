package dev.slb.forwarder.limits;

import dev.slb.forwarder.transport.PendingOutput;
import dev.slb.forwarder.transport.TcpConnection;
import dev.slb.forwarder.transport.TimeSource;
import dev.slb.plan.LimitsPlan;
import dev.slb.plan.ListenerPlan;
import io.netty.channel.socket.SocketChannel;

import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a listener lets in, over all its versions. Event loops ask; a new version, of the listener or of its LoadBalancer,
 * holds at once for what comes from then on, and ends nothing that is there.
 *
 * <p>Whoever serves a protocol asks {@link #permits}, then {@link #enter}; after that {@link #leave}, once. Connections
 * over TCP need not care: that has been done when they get there.
 */
public final class ListenerLimits {

    private final LoadBalancerLimits loadBalancer;
    private final AtomicLong open = new AtomicLong();
    private final PipeShare in;
    private final PipeShare out;
    private final Pipe capIn;
    private final Pipe capOut;
    private volatile AccessList access;
    private volatile long mostOpen = Long.MAX_VALUE;
    private LimitsPlan plan;
    private boolean draining;
    private Runnable whenLimited = () -> {};

    public ListenerLimits(LoadBalancerLimits loadBalancer) {
        this.loadBalancer = loadBalancer;
        TimeSource time = loadBalancer.time();
        this.in = new PipeShare(time);
        this.out = new PipeShare(time);
        this.capIn = new Pipe(time);
        this.capOut = new Pipe(time);
    }

    /** Control thread: what to do when a bandwidth limit comes: have {@link #shape} called for what is there. */
    public void whenLimited(Runnable task) {
        whenLimited = task;
    }

    /** Control thread: a new version. */
    public void install(ListenerPlan next) {
        boolean first = plan == null;
        plan = LimitsPlan.orNone(next.limits());
        access = AccessList.of(next.accessControl());
        if (first) {
            loadBalancer.add(this);
        } else {
            loadBalancer.settle();
        }
    }

    /** Control thread: withdrawn. What is there goes on within its limits, but reserves nothing any more. */
    public void drain() {
        draining = true;
        loadBalancer.settle();
    }

    /** Control thread: all its connections have ended. */
    public void close() {
        loadBalancer.remove(this);
        in.join(null);
        out.join(null);
    }

    boolean isCapped() {
        return plan.bandwidthBitsPerSecond() != null;
    }

    long reservedBits() {
        return isCapped() && !draining ? plan.bandwidthBitsPerSecond() : 0;
    }

    PipeShare in() {
        return in;
    }

    PipeShare out() {
        return out;
    }

    /** Control thread: its part of everything, anew. The pipes are for those without a cap; null: no limit. */
    void settle(Pipe restIn, Pipe restOut) {
        boolean before = in.isLimited();
        mostOpen = plan.maxConnections() == null ? Long.MAX_VALUE : loadBalancer.part(plan.maxConnections());
        if (isCapped()) {
            double bytes = loadBalancer.capBytes(plan.bandwidthBitsPerSecond());
            capIn.set(bytes, in);
            capOut.set(bytes, out);
            in.join(capIn);
            out.join(capOut);
        } else {
            in.join(restIn);
            out.join(restOut);
        }
        if (!before && in.isLimited()) {
            whenLimited.run();
        }
    }

    /** Whether {@link #permits} may say no. */
    public boolean isRestricted() {
        return access != null;
    }

    /** Whether the listener's access control lets this address in. */
    public boolean permits(InetAddress client) {
        AccessList list = access;
        return list == null || list.permits(client);
    }

    /**
     * Takes a place for a connection or UDP flow.
     *
     * @return null when it may come in, and {@link #leave} is due when it ends; else why not, one of {@link LimitReasons}
     */
    public String enter() {
        if (open.incrementAndGet() > mostOpen) {
            open.decrementAndGet();
            return LimitReasons.LISTENER_CONNECTIONS;
        }
        String refusal = loadBalancer.enter();
        if (refusal != null) {
            open.decrementAndGet();
        }
        return refusal;
    }

    /** Gives back the place that {@link #enter} gave. */
    public void leave() {
        open.decrementAndGet();
        loadBalancer.leave();
    }

    /** Layer 7: counts one more request. @return false when there are too many in this second: it is not to be served */
    public boolean takesRequest() {
        return loadBalancer.takesRequest();
    }

    /** Layer 7: whether requests are left in this second. */
    public boolean hasRequests() {
        return loadBalancer.hasRequests();
    }

    /** Whether a datagram of this size from a client is within the bandwidth; when not, it is to be dropped. */
    public boolean passesIn(int bytes) {
        return in.pass(bytes);
    }

    /** The same for one to a client. */
    public boolean passesOut(int bytes) {
        return out.pass(bytes);
    }

    /** Holds a client's connection to the bandwidth, if there is a limit. Called before anything comes by, or on its loop. */
    public void shape(SocketChannel channel) {
        if (in.isLimited() && channel.pipeline().get(Shaper.class) == null) {
            channel.pipeline().addFirst(new Shaper(in, out));
        }
    }

    /** The same. */
    public void shape(TcpConnection connection) {
        if (in.isLimited() && !connection.isThrottled()) {
            connection.throttle(new ConnectionShaper(connection, in, out));
        }
    }

    /** Whether nothing is read from this client for now, the bandwidth being used up. On the channel's loop. */
    public static boolean holdsReading(SocketChannel channel) {
        Shaper shaper = channel.pipeline().get(Shaper.class);
        return shaper != null && shaper.holdsReading();
    }

    /** Whether nothing goes out to this client for now, though it has taken all that did: that is the bandwidth, too. */
    public static boolean holdsWriting(SocketChannel channel) {
        return !channel.isWritable() && PendingOutput.of(channel) == 0;
    }

    /** How many connections, or UDP flows, may be open; {@link Long#MAX_VALUE} without a limit. */
    public long mostOpen() {
        return mostOpen;
    }

    /** Connections, or UDP flows, open now. */
    public long open() {
        return open.get();
    }

    /** How often a connection had to wait for bandwidth, both directions. */
    public long bandwidthWaits() {
        return in.waits() + out.waits();
    }

    /** For how long connections had to wait for bandwidth, added up over all of them and both directions. */
    public long bandwidthWaitMillis() {
        return TimeUnit.NANOSECONDS.toMillis(in.waitedNanos() + out.waitedNanos());
    }
}
