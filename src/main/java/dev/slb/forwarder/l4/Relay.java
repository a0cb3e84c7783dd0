package dev.slb.forwarder.l4;

import dev.slb.forwarder.proxy.ProxyHeader;
import dev.slb.forwarder.schedule.Hashes;
import dev.slb.forwarder.schedule.PickContext;
import dev.slb.forwarder.table.Endpoints;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.ListenerTable;
import dev.slb.forwarder.table.Member;
import dev.slb.forwarder.table.Reasons;
import dev.slb.forwarder.table.TableAction;
import dev.slb.forwarder.table.TargetRuntime;
import dev.slb.forwarder.table.Tracked;
import dev.slb.forwarder.table.Traffic;
import dev.slb.forwarder.table.Usage;
import dev.slb.forwarder.transport.Deadline;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.TcpConnection;
import dev.slb.plan.ProxyProtocolPlan;
import io.netty.channel.ChannelException;
import io.netty.channel.socket.SocketChannel;

import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * One client connection and its way to a server: picks one, connects, tries the next when that fails, and then watches
 * over the two {@link Leg}s that move the bytes. Everything happens on one event loop.
 *
 * <p>It is its own deadline (of an attempt to connect, then of idling) and its own entry in the registries, so that a
 * connection costs few objects.
 */
final class Relay extends Deadline implements Tracked, PickContext {

    /** Attempts to connect, each to another server. */
    private static final int MAX_TRIES = 3;

    /** How an attempt has failed, see {@link dev.slb.forwarder.table.Failures}. */
    private static final String CONNECT_TIMEOUT = "ConnectTimeout";

    // How connections end otherwise than by their ends, for the access log.
    private static final String IDLE_TIMEOUT = "IdleTimeout";
    private static final String CLIENT_CLOSED = "ClientClosed";
    private static final String CLIENT_RESET = "ClientReset";
    private static final String SERVER_RESET = "ServerReset";

    /** For a client whose address is not known; not 0, which means not computed. */
    private static final long NO_HASH = 1;

    private enum State {
        /** Before a server: being set up, waiting for a first verdict, or connecting. */
        CONNECTING,
        RELAYING,
        ENDED
    }

    private final ListenerRuntime listener;
    private final ListenerTable table;
    private final Loop loop;
    private final Endpoints endpoints;
    private final Traffic traffic;
    private Leg client;
    private Leg server;
    /** Null when there is no access log. */
    private ConnectionLog log;

    private TargetRuntime target;
    private Member member;
    /** Of that member, once it is relayed. */
    private Usage usage;
    /** Whose {@link Member#load} this attempt is counted in. */
    private Member connecting;

    private boolean timedOut;

    private long sourceHash;
    private State state = State.CONNECTING;
    private int tries;
    private Member firstTried;
    private Member secondTried;
    private int openLegs = 2;
    /** It was ended for {@link #outOfMemory}; its legs may be open until what is being sent is through. */
    private boolean exhausted;

    private int registryIndex = -1;
    private final long idleNanos;
    private long lastActivity;
    /** What was still to be written when the connection was last found idle. */
    private long pendingBefore;

    private Relay(ListenerRuntime listener, Loop loop, Endpoints endpoints) {
        this.listener = listener;
        this.loop = loop;
        this.traffic = listener.traffic(loop);
        this.table = listener.table();
        this.idleNanos = TimeUnit.MILLISECONDS.toNanos(table.plan().timeouts().idleMillis());
        this.endpoints = endpoints;
    }

    /** The client's side of a new relay on this channel. */
    static ChannelLeg accept(ListenerRuntime listener, Loop loop, SocketChannel channel, Endpoints endpoints) {
        Relay relay = new Relay(listener, loop, endpoints);
        ChannelLeg leg = new ChannelLeg(relay, loop, channel);
        relay.client = leg;
        return leg;
    }

    /** The same on a connection without a channel. */
    static ConnectionLeg accept(ListenerRuntime listener, TcpConnection connection, Endpoints endpoints) {
        Relay relay = new Relay(listener, connection.loop(), endpoints);
        ConnectionLeg leg = new ConnectionLeg(relay, connection);
        relay.client = leg;
        return leg;
    }

    Loop loop() {
        return loop;
    }

    /** Whose connection it is. */
    Endpoints endpoints() {
        return endpoints;
    }

    Leg client() {
        return client;
    }

    /** The client's connection is there. */
    void start() {
        listener.countAccepted();
        listener.connections(loop).add(this);
        log = ConnectionLog.of(listener, loop, endpoints);
        if (proxyHeader() != null && isClientGone()) { // asked now, as one that goes later has no address any more
            failed(client);
            return;
        }
        if (table.action() instanceof TableAction.Forward forward) {
            target = forward.target();
            next();
        } else if (table.action() instanceof TableAction.Unavailable unavailable) {
            refuse(unavailable.reason());
        } else {
            throw new IllegalStateException("not an action of layer 4: " + table.action());
        }
    }

    private void next() {
        member = target.pick(this);
        if (member != null) {
            connect();
        } else if (target.awaitsVerdict()) { // also after a try: the group may be new altogether meanwhile
            target.awaitVerdict(loop.eventLoop(), this::verdict);
        } else {
            refuse(tries == 0 ? target.reason() : target.reasonAfterTries());
        }
    }

    private void verdict() {
        if (state != State.CONNECTING) {
            return; // the client has gone meanwhile
        }
        member = target.pick(this);
        if (member != null) {
            connect();
        } else {
            refuse(target.reason());
        }
    }

    private void connect() {
        InetSocketAddress address = member.server().address();
        if (log != null) {
            log.attempt(member.server());
        }
        try {
            server = client.newServer(listener.transport(), address);
        } catch (ChannelException e) { // no file descriptor is left: another server would not help
            refuse(Reasons.CONNECT_FAILED);
            return;
        }
        connecting = member;
        connecting.startConnecting();
        timedOut = false;
        loop.wheel()
                .arm(this, TimeUnit.MILLISECONDS.toNanos(table.plan().timeouts().connectMillis()));
        server.connect(address);
    }

    /** An attempt to connect has succeeded. */
    void connected(Leg attempt) {
        endConnecting();
        if (attempt != server || state != State.CONNECTING) {
            attempt.close(); // given up meanwhile
            return;
        }
        member.server().failures().succeeded();
        listener.connections(loop).remove(this);
        usage = listener.usage(member);
        if (usage.begin(loop, this)) {
            relay();
        } else { // the server's time was over before the connection was there
            listener.connections(loop).add(this);
            attempt.close();
            tryAnother();
        }
    }

    /** It has failed. */
    void notConnected(Leg attempt) {
        endConnecting();
        attempt.close();
        // Without a client it was given up, and another would be, too: what remains is that the client's leg tells its
        // end.
        if (attempt == server && state == State.CONNECTING && client.isActive()) {
            member.server().failures().failed(timedOut ? CONNECT_TIMEOUT : Reasons.CONNECT_FAILED);
            tryAnother();
        }
    }

    private void endConnecting() {
        if (connecting != null) {
            connecting.endConnecting();
            connecting = null;
        }
    }

    private void tryAnother() {
        server = null;
        if (log != null) {
            log.attemptEnded();
        }
        if (tries == 0) {
            firstTried = member;
        } else {
            secondTried = member;
        }
        member = null;
        if (++tries < MAX_TRIES) {
            next();
        } else {
            refuse(Reasons.CONNECT_FAILED);
        }
    }

    @Override
    public boolean tried(Object candidate) {
        return candidate == firstTried || candidate == secondTried;
    }

    @Override
    public boolean isRetry() {
        return tries > 0;
    }

    @Override
    public long sourceHash() {
        if (sourceHash == 0) {
            sourceHash =
                    isClientGone() ? NO_HASH : Hashes.source(endpoints.client().getAddress());
        }
        return sourceHash;
    }

    @Override
    public long flowHash() {
        return isClientGone() ? NO_HASH : Hashes.flow(endpoints.client(), endpoints.destination());
    }

    /** Before anybody had asked for its address: the connection is about to fail. */
    private boolean isClientGone() {
        return endpoints.client() == null || endpoints.destination() == null;
    }

    /** Which header servers get; null for none. */
    private ProxyProtocolPlan.Version proxyHeader() {
        ProxyProtocolPlan proxy = table.plan().proxyProtocol();
        return proxy == null || proxy.send() == ProxyProtocolPlan.Version.NONE ? null : proxy.send();
    }

    private void relay() {
        state = State.RELAYING;
        Leg.join(client, server);
        usage.countPick();
        lastActivity = loop.nanoTime();
        loop.wheel().arm(this, idleNanos);
        if (log != null) {
            log.connected(client::roundTripMicros);
        }
        if (proxyHeader() != null) {
            server.write(ProxyHeader.ofConnection(loop.allocator(), proxyHeader(), endpoints));
        }
        Leg.start(client, server);
    }

    private void refuse(String reason) {
        listener.countRefusal(reason);
        endsFor(reason);
        reset();
    }

    /** Bytes have come in on one side; more or less at once they go out on the other. */
    void count(Leg from, int bytes) {
        traffic.add(from == client ? Traffic.Count.BYTES_IN : Traffic.Count.BYTES_OUT, bytes);
    }

    private void endsFor(String reason) {
        if (log != null) {
            log.reason(reason);
        }
    }

    /** Some bytes have come in. */
    void touch() {
        lastActivity = loop.nanoTime();
    }

    /** The connection has not come about in time, or is idle for too long. */
    @Override
    protected void expired() {
        if (state == State.CONNECTING) {
            if (server != null) {
                timedOut = true;
                server.close(); // which fails the attempt
            }
            return;
        }
        long left = lastActivity + idleNanos - loop.nanoTime();
        if (left > 0) {
            loop.wheel().arm(this, left);
            return;
        }
        // Nothing has come in; but to a slow reader something may have gone out all the time.
        long pending = client.pendingBytes() + server.pendingBytes();
        if (pending != pendingBefore || client.waitsForBandwidth()) { // with bandwidth it is not its ends that are idle
            pendingBefore = pending;
            loop.wheel().arm(this, idleNanos);
        } else {
            endsFor(IDLE_TIMEOUT);
            reset();
        }
    }

    /** A leg is closed for good. */
    void closed(Leg leg) {
        if (state == State.RELAYING && (leg == client || leg == server)) {
            if (--openLegs == 0) {
                end();
            } else {
                leg.peer().finish();
            }
        } else if (state == State.CONNECTING && leg == client) {
            endsFor(CLIENT_CLOSED);
            end();
            if (server != null) {
                server.close();
            }
        }
    }

    /** A leg is broken. */
    void failed(Leg leg) {
        // While connecting, the attempt itself tells what becomes of the server's leg.
        if (leg == client || (leg == server && state == State.RELAYING)) {
            endsFor(leg == client ? CLIENT_RESET : SERVER_RESET);
            reset();
        }
    }

    /** There is no memory for what one side does not take of the other, or for more of it. */
    void outOfMemory() {
        if (state != State.ENDED && !exhausted) {
            exhausted = true;
            loop.buffers().exhausted("a connection of " + listener.id() + " is reset");
            refuse(Reasons.BUFFER_MEMORY);
        }
    }

    /** Ends both legs with an RST. */
    private void reset() {
        client.reset();
        if (server != null) {
            server.reset();
        }
    }

    private void end() {
        if (state == State.CONNECTING) {
            listener.connections(loop).remove(this);
        } else if (state == State.RELAYING) {
            usage.finish(loop, this);
        }
        state = State.ENDED;
        loop.wheel().cancel(this);
        client.releaseHeld();
        listener.countClosed();
        if (log != null) {
            log.end(client.bytesRead(), server == null ? 0 : server.bytesRead());
            log = null;
        }
    }

    @Override
    public int registryIndex() {
        return registryIndex;
    }

    @Override
    public void registryIndex(int index) {
        registryIndex = index;
    }

    @Override
    public void limitBandwidth() {
        client.shape(listener.limits());
    }

    /** A TCP connection can't be asked to end: it runs on until the time is over. */
    @Override
    public void drain() {}

    /** Whichever way: by a FIN either end would take what came for everything. */
    @Override
    public void end(End how) {
        endsFor(Reasons.DRAINING);
        reset();
    }
}
