package dev.slb.forwarder.port;

import dev.slb.forwarder.limits.CidrSet;
import dev.slb.forwarder.limits.LimitReasons;
import dev.slb.forwarder.limits.ListenerLimits;
import dev.slb.forwarder.proxy.ProxyHeaderReceiver;
import dev.slb.forwarder.table.ConnectionFrontend;
import dev.slb.forwarder.table.Endpoints;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.StreamFrontend;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.TcpConnection;
import dev.slb.plan.ListenerPlan;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.socket.SocketChannel;

import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a TCP connection passes before its listener's {@link StreamFrontend} has it: access control, limits, and the header of a
 * proxy. One per listener, over all its versions; asked on the accepting loop.
 */
final class Gate {

    private final ListenerRuntime listener;
    private final ListenerLimits limits;
    private final StreamFrontend frontend;
    private final ChannelFutureListener leave;
    /** The proxies whose headers are believed; null when no header is accepted. */
    private volatile CidrSet proxies;
    /** On how many ports the ring accepts for this. */
    private final AtomicInteger rings = new AtomicInteger();

    Gate(ListenerRuntime listener, StreamFrontend frontend) {
        this.listener = listener;
        this.limits = listener.limits();
        this.frontend = frontend;
        this.leave = closed -> limits.leave();
    }

    /** Control thread: a new version. */
    void install(ListenerPlan plan) {
        boolean accept = plan.proxyProtocol() != null && plan.proxyProtocol().accept();
        proxies = accept ? CidrSet.of(plan.proxyProtocol().trustedCidrs()) : null;
    }

    /** Whether connections may come without channels: the frontend takes them, and no header of a proxy comes first. */
    boolean takesConnections() {
        return frontend instanceof ConnectionFrontend && proxies == null;
    }

    void ringBegun() {
        rings.incrementAndGet();
    }

    void ringEnded() {
        rings.decrementAndGet();
    }

    /** Whether a connection may still come that the ring had accepted when its port went to somebody else. */
    boolean isAwaitingRing() {
        return rings.get() > 0;
    }

    /**
     * Gives a connection that was accepted its handlers.
     *
     * @return false when it is not let in, which is counted, or has gone: then it is to be reset
     */
    boolean admit(SocketChannel channel, Loop loop) {
        CidrSet trusted = proxies;
        Endpoints endpoints = Endpoints.of(channel);
        // One that was reset meanwhile may have no address, for whoever judges, forwards or logs it.
        if (endpoints.client() == null || !admits(endpoints, trusted)) {
            return false;
        }
        channel.closeFuture().addListener(leave);
        limits.shape(channel);
        if (trusted == null) {
            channel.pipeline().addLast(frontend.newHandler(channel, loop, endpoints));
        } else {
            ProxyHeaderReceiver.addTo(channel, listener, loop, named -> frontend.newHandler(channel, loop, named));
        }
        return true;
    }

    /**
     * The same for a connection without a channel, which it starts. One that came in the moment of a new version is of the
     * version before.
     */
    boolean admit(TcpConnection connection, Endpoints endpoints) {
        if (!admits(endpoints, null)) {
            return false;
        }
        connection.whenClosed(limits::leave);
        limits.shape(connection);
        connection.start(((ConnectionFrontend) frontend).newOwner(connection, endpoints));
        return true;
    }

    private boolean admits(Endpoints peer, CidrSet trusted) {
        String refusal = refusal(peer, trusted);
        if (refusal != null) {
            listener.countRefusal(refusal);
        }
        return refusal == null;
    }

    private String refusal(Endpoints peer, CidrSet trusted) {
        if (trusted != null) {
            if (!isIn(trusted, peer.client())) {
                return LimitReasons.UNTRUSTED_PROXY;
            }
        } else if (limits.isRestricted() && !permits(peer.client())) {
            return LimitReasons.ACCESS_DENIED;
        }
        if (listener.protocol().isLayer7() && !limits.hasRequests()) {
            return LimitReasons.REQUEST_RATE;
        }
        return limits.enter();
    }

    /** The address is null when the client has gone already. */
    private static boolean isIn(CidrSet networks, InetSocketAddress client) {
        return client != null && networks.contains(client.getAddress());
    }

    private boolean permits(InetSocketAddress client) {
        return client != null && limits.permits(client.getAddress());
    }
}
