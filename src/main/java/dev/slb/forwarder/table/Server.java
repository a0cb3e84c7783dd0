package dev.slb.forwarder.table;

import dev.slb.forwarder.tls.BackendTls;
import dev.slb.forwarder.transport.Addresses;
import dev.slb.forwarder.transport.Loop;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.ListenerProtocol;
import io.netty.util.NetUtil;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The runtime of one (identity, address, port, protocol, backend), shared by all groups and listeners where these are equal. It
 * survives table swaps: edits of weights, rules or listeners leave it and its connections alone.
 */
public final class Server {

    /** What it is used by. */
    public enum Protocol {
        TCP,
        UDP,
        HTTP;

        /** Of the servers of such a listener. */
        public static Protocol of(ListenerProtocol listener) {
            return switch (listener) {
                case TCP -> TCP;
                case UDP -> UDP;
                case HTTP, HTTPS -> HTTP;
            };
        }
    }

    /**
     * What makes a server the same one.
     *
     * @param backend what it is spoken to in, so that a pool holds connections of one kind; {@link BackendPlan#HTTP} on
     *     layer 4, where it means nothing
     */
    public record Key(String id, String address, int port, Protocol protocol, BackendPlan backend) {

        /** The same server, spoken to in something else. */
        public Key with(BackendPlan other) {
            return new Key(id, address, port, protocol, other);
        }
    }

    private final Key key;
    private final InetSocketAddress address;
    private final byte[] addressText;
    private final List<Loop> loops;
    private final IdlePool[] pools;
    private final BackendTls tls;
    private final Failures failures;
    private volatile boolean poolable = true;

    /**
     * @param tls null for clear text
     * @param failures of all that are the same at its address
     */
    public Server(Key key, List<Loop> loops, BackendTls tls, Failures failures) {
        this.key = key;
        this.address = Addresses.parse(key.address(), key.port());
        this.addressText = NetUtil.toSocketAddressString(address).getBytes(StandardCharsets.US_ASCII);
        this.loops = loops;
        this.tls = tls;
        this.failures = failures;
        this.pools = new IdlePool[loops.size()];
    }

    public Key key() {
        return key;
    }

    public InetSocketAddress address() {
        return address;
    }

    /** {@code address:port} for logs; not to be changed. */
    public byte[] addressText() {
        return addressText;
    }

    /** How to shake hands with it; null when it is spoken to in clear text. */
    public BackendTls tls() {
        return tls;
    }

    /** What traffic notices of it. */
    public Failures failures() {
        return failures;
    }

    /** The pool of idle connections that this loop attached, or null. Only to be called on that loop. */
    public IdlePool pool(Loop loop) {
        return pools[loop.index()];
    }

    /** Attaches the pool of this loop. Only to be called on that loop. */
    public void pool(Loop loop, IdlePool pool) {
        pools[loop.index()] = pool;
    }

    /** Whether an idle connection may be kept for later; false while the server is abnormal and once it has left. */
    public boolean isPoolable() {
        return poolable;
    }

    /** Control thread: whether idle connections may be kept. When they may no longer, those that are there are closed. */
    public void setPoolable(boolean poolable) {
        if (this.poolable == poolable) {
            return;
        }
        this.poolable = poolable;
        if (!poolable) {
            // A loop that returns a connection later than this task sees the flag.
            loops.forEach(loop -> loop.eventLoop().execute(() -> clearPool(loop)));
        }
    }

    private void clearPool(Loop loop) {
        IdlePool pool = pools[loop.index()];
        if (pool != null) {
            pool.clear();
        }
    }

    @Override
    public String toString() {
        return key.id() + " (" + NetUtil.toSocketAddressString(address) + ")";
    }
}
