package dev.slb.forwarder.l4.udp;

import dev.slb.forwarder.l4.ConnectionLog;
import dev.slb.forwarder.limits.LimitReasons;
import dev.slb.forwarder.proxy.ProxyHeader;
import dev.slb.forwarder.schedule.Hashes;
import dev.slb.forwarder.schedule.PickContext;
import dev.slb.forwarder.schedule.QuicConnectionId;
import dev.slb.forwarder.table.Endpoints;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Member;
import dev.slb.forwarder.table.Reasons;
import dev.slb.forwarder.table.TableAction;
import dev.slb.forwarder.table.TargetRuntime;
import dev.slb.forwarder.table.Tracked;
import dev.slb.forwarder.table.Traffic;
import dev.slb.forwarder.table.Usage;
import dev.slb.forwarder.transport.DatagramPeer;
import dev.slb.forwarder.transport.Deadline;
import dev.slb.forwarder.transport.Transport;
import dev.slb.plan.ProxyProtocolPlan;
import io.netty.buffer.ByteBuf;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * What one client address and port exchanges with a server by one address of ours: its datagrams go to one server, over a socket of its own, and
 * what comes back over that goes to the client. It ends when neither side has sent anything for the idle time.
 *
 * <p>When its server leaves, fails, or does not listen, the flow stays and gets another server with the client's next
 * datagram. Everything happens on one event loop.
 */
final class Flow extends Deadline implements Tracked, PickContext, DatagramPeer.Receiver {

    /** Flows of a socket that may hold datagrams at once. */
    static final int MAX_WAITING = 1024;

    /** How a server has failed, see {@link dev.slb.forwarder.table.Failures}. */
    private static final String PORT_UNREACHABLE = "PortUnreachable";

    private static final int MAX_HELD = 4;
    private static final int MAX_HELD_BYTES = 8 * 1024;

    /** Datagrams that one server's answers may be ahead of everything else on the loop. */
    private static final int READS_PER_TURN = 32;

    private final UdpSocket socket;
    private final UdpChannel channel;
    private final FlowKey key;
    private final ListenerRuntime listener;
    private final Traffic traffic;
    private final Endpoints endpoints;
    /** Null when there is no access log. */
    private ConnectionLog log;

    /** Whether the kernel takes several answers at once. */
    private boolean answersTogether;

    private long bytesIn;
    private long bytesOut;
    private long sourceHash;
    /** What a server is being picked for. */
    private ByteBuf pickingFor;

    private Member member;
    /** Of that member. */
    private Usage usage;

    private DatagramPeer peer;
    /** Whether each datagram begins with the header of the PROXY protocol: it must not depend on another that may get lost. */
    private boolean sendsProxyHeader;
    /** The server that it had last. */
    private Member previous;

    /** Who wants to know by which QUIC connection ids servers are called; else null. */
    private TargetRuntime learner;

    private Member lastFailed;
    private Member failedBefore;
    private long lastActivity;
    private int registryIndex = -1;
    private boolean ended;
    /** What the client has sent while no server had a verdict. */
    private ArrayDeque<ByteBuf> held;

    private int heldBytes;
    private boolean waiting;
    private boolean hasWaited;

    /**
     * @param channel by which answers go
     * @param local where the client sent to
     */
    Flow(
            UdpSocket socket,
            UdpChannel channel,
            ListenerRuntime listener,
            InetSocketAddress client,
            InetSocketAddress local,
            FlowKey key) {
        this.socket = socket;
        this.channel = channel;
        this.key = key;
        this.listener = listener;
        this.traffic = listener.traffic(socket.loop());
        this.endpoints = Endpoints.of(client, local);
        this.answersTogether = socket.sendsSegments();
    }

    UdpChannel channel() {
        return channel;
    }

    FlowKey key() {
        return key;
    }

    InetSocketAddress client() {
        return endpoints.client();
    }

    ListenerRuntime listener() {
        return listener;
    }

    void begin() {
        listener.countAccepted();
        listener.connections(socket.loop()).add(this);
        log = ConnectionLog.of(listener, socket.loop(), endpoints);
        lastActivity = socket.loop().nanoTime();
        socket.loop().wheel().arm(this, idleNanos());
    }

    private long idleNanos() {
        return TimeUnit.MILLISECONDS.toNanos(listener.table().plan().timeouts().idleMillis());
    }

    /** Whether it goes on: it has a server, or waits for one. */
    boolean isServed() {
        return member != null || waiting;
    }

    /** The client has sent this; the buffer stays the caller's. */
    void fromClient(ByteBuf datagram) {
        if (passesIn(datagram.readableBytes())) {
            forward(datagram);
        }
    }

    /** Whether a datagram of this length that the client has sent is within the bandwidth; else it counts as dropped. */
    boolean passesIn(int length) {
        lastActivity = socket.loop().nanoTime();
        if (listener.limits().passesIn(length)) {
            return true;
        }
        drop(LimitReasons.BANDWIDTH);
        return false;
    }

    /** Whether several datagrams can go to the server by one call. */
    boolean takesSegments() {
        return member != null && peer.takesSegments();
    }

    /** The client has sent these, and they are within the bandwidth. */
    void forward(Burst burst) {
        if (burst.count() == 1 || !takesSegments() || !sendTogether(burst)) {
            for (int i = 0; i < burst.count(); i++) {
                forward(burst.datagram(i));
            }
        }
    }

    /** @return false when nothing was sent, and all may be tried again one by one */
    private boolean sendTogether(Burst burst) {
        try {
            if (sendsProxyHeader ? sendWithProxyHeaders(burst) : peer.send(burst.all(), burst.length())) {
                countSent(burst.count(), burst.bytes());
            } else {
                listener.countDrops(socket.loop(), Reasons.SOCKET_FULL, burst.count());
            }
            return true;
        } catch (PortUnreachableException | NoRouteToHostException e) {
            failed();
        } catch (IOException e) {
            traffic.add(Traffic.Count.SEGMENTS_REFUSED, 1);
        }
        return false;
    }

    private void countSent(int datagrams, int bytes) {
        bytesIn += bytes;
        traffic.add(Traffic.Count.PACKETS_IN, datagrams);
        traffic.add(Traffic.Count.BYTES_IN, bytes);
    }

    private void forward(ByteBuf datagram) {
        if (waiting) {
            hold(datagram);
        } else if (member != null || connect(datagram)) {
            send(datagram);
        }
    }

    private void send(ByteBuf datagram) {
        for (int tries = 0; tries < 2 && (member != null || connect(datagram)); tries++) {
            try {
                if (peer.send(sendsProxyHeader ? withProxyHeader(datagram) : datagram)) {
                    countSent(1, datagram.readableBytes());
                } else {
                    drop(Reasons.SOCKET_FULL);
                }
                return;
            } catch (PortUnreachableException | NoRouteToHostException e) {
                // Something sent before has shown it: this datagram may still go to another server.
                failed();
                if (tries == 1) {
                    drop(Reasons.CONNECT_FAILED);
                }
            } catch (IOException e) {
                drop(Reasons.NOT_SENT);
                return;
            }
        }
    }

    /** What is too long with the header is cut, and not sent, since it is too long even so. */
    private ByteBuf withProxyHeader(ByteBuf datagram) {
        ByteBuf both = socket.scratch();
        ProxyHeader.writeForDatagram(both, endpoints);
        int fits = Math.min(datagram.readableBytes(), Transport.MAX_DATAGRAM - both.readableBytes());
        return both.writeBytes(datagram, datagram.readerIndex(), fits);
    }

    private boolean sendWithProxyHeaders(Burst burst) throws IOException {
        ByteBuf all = socket.scratch();
        for (int i = 0; i < burst.count(); i++) {
            ProxyHeader.writeForDatagram(all, endpoints);
            all.writeBytes(burst.datagram(i));
        }
        int headers = all.readableBytes() - burst.bytes();
        return peer.send(all, headers / burst.count() + burst.length());
    }

    /** Picks a server. When there is none, the datagram is held or dropped. */
    private boolean connect(ByteBuf datagram) {
        TargetRuntime target;
        if (listener.table().action() instanceof TableAction.Forward forward) {
            target = forward.target();
        } else {
            drop(
                    listener.table().action() instanceof TableAction.Unavailable unavailable
                            ? unavailable.reason()
                            : Reasons.NO_SERVERS);
            return false;
        }
        pickingFor = datagram;
        Member picked = target.pick(this);
        if (picked == null && lastFailed != null) { // all have failed: they may be back
            lastFailed = null;
            failedBefore = null;
            picked = target.pick(this);
        }
        pickingFor = null;
        learner = target.learnsConnectionIds() ? target : null;
        if (picked != null) {
            return use(picked);
        }
        if (!hasWaited && target.awaitsVerdict() && socket.mayWait()) {
            waiting = true;
            socket.countWaiting(1);
            hold(datagram);
            target.awaitVerdict(socket.loop().eventLoop(), this::verdict);
        } else {
            drop(target.reason());
        }
        return false;
    }

    private boolean use(Member picked) {
        listener.connections(socket.loop()).remove(this);
        usage = listener.usage(picked);
        if (!usage.begin(socket.loop(), this)) { // its time is over since it was picked
            listener.connections(socket.loop()).add(this);
            drop(Reasons.CONNECT_FAILED);
            return false;
        }
        try {
            peer = socket.open(picked.server().address(), this);
        } catch (IOException e) {
            usage.finish(socket.loop(), this);
            listener.connections(socket.loop()).add(this);
            drop(Reasons.NO_SOCKET);
            return false;
        }
        member = picked;
        usage.countPick();
        if (log != null) {
            log.attempt(member.server());
        }
        if (previous != null && previous != picked) {
            traffic.add(Traffic.Count.FLOWS_MOVED, 1);
        }
        previous = picked;
        ProxyProtocolPlan proxyProtocol = listener.table().plan().proxyProtocol();
        sendsProxyHeader = proxyProtocol != null && proxyProtocol.send() == ProxyProtocolPlan.Version.V2;
        return true;
    }

    private void hold(ByteBuf datagram) {
        int length = datagram.readableBytes();
        if (held == null) {
            held = new ArrayDeque<>(MAX_HELD);
        }
        if (held.size() == MAX_HELD || heldBytes + length > MAX_HELD_BYTES) {
            drop(Reasons.NO_VERDICT);
            return;
        }
        held.add(datagram.copy());
        heldBytes += length;
    }

    private void verdict() {
        stopWaiting();
        hasWaited = true;
        ArrayDeque<ByteBuf> datagrams = held;
        held = null;
        heldBytes = 0;
        if (datagrams != null) {
            for (ByteBuf datagram : datagrams) {
                try {
                    if (!ended) {
                        forward(datagram);
                    }
                } finally {
                    datagram.release();
                }
            }
        }
    }

    private void stopWaiting() {
        if (waiting) {
            waiting = false;
            socket.countWaiting(-1);
        }
    }

    @Override
    public void readable(DatagramPeer from) {
        Burst answers = socket.answers();
        try {
            for (int i = 0; i < READS_PER_TURN && from == peer; i++) {
                int length = from.receive(answers.buffer());
                if (length < 0) {
                    break;
                }
                received(answers, length);
            }
        } catch (PortUnreachableException | NoRouteToHostException e) {
            failed();
        } catch (IOException e) {
            // An error of something sent before, which is gone now.
        } finally {
            socket.answer(this);
        }
    }

    /** A datagram of this length has come from the server. */
    private void received(Burst answers, int length) {
        lastActivity = socket.loop().nanoTime();
        member.server().failures().succeeded();
        if (learner != null) {
            learn(answers.last(length));
        }
        if (!listener.limits().passesOut(length)) {
            answers.takeBack(length);
            drop(LimitReasons.BANDWIDTH);
            return;
        }
        if (!answers.takes(length)) {
            socket.answer(this);
        }
        answers.add(length);
    }

    private void learn(ByteBuf answer) {
        long connectionId = QuicConnectionId.hashOfSource(answer);
        if (connectionId != 0) {
            learner.learn(connectionId, member);
        }
    }

    /** Nobody listens at the server: it is not chosen again at once, though its check may still think well of it. */
    private void failed() {
        if (member != null) {
            member.server().failures().failed(PORT_UNREACHABLE);
        }
        failedBefore = lastFailed;
        lastFailed = member;
        move();
    }

    /** The next datagram goes to another server. */
    private void move() {
        if (member != null) {
            leaveServer();
            listener.connections(socket.loop()).add(this);
        }
    }

    private void leaveServer() {
        peer.close();
        peer = null;
        if (log != null) {
            log.attemptEnded();
        }
        usage.finish(socket.loop(), this);
        member = null;
    }

    @Override
    public boolean tried(Object candidate) {
        return candidate == lastFailed || candidate == failedBefore;
    }

    @Override
    public boolean isRetry() {
        return lastFailed != null;
    }

    @Override
    public long sourceHash() {
        if (sourceHash == 0) {
            sourceHash = Hashes.source(endpoints.client().getAddress());
        }
        return sourceHash;
    }

    @Override
    public long flowHash() {
        return Hashes.flow(endpoints.client(), endpoints.destination());
    }

    @Override
    public long connectionIdHash() {
        return QuicConnectionId.hash(pickingFor, flowHash());
    }

    /** So many datagrams with so many bytes together went to the client. */
    void countAnswers(int datagrams, int bytes) {
        bytesOut += bytes;
        traffic.add(Traffic.Count.PACKETS_OUT, datagrams);
        traffic.add(Traffic.Count.BYTES_OUT, bytes);
    }

    /** Whether answers can go to the client by one call. */
    boolean answersTogether() {
        return answersTogether;
    }

    /** The kernel refuses to send several answers by one call. */
    void answersRefused() {
        answersTogether = false;
        traffic.add(Traffic.Count.SEGMENTS_REFUSED, 1);
    }

    private void drop(String reason) {
        if (log != null && bytesIn == 0) { // it has not come about
            log.reason(reason);
        }
        listener.countDrop(socket.loop(), reason);
    }

    @Override
    protected void expired() {
        long left = lastActivity + idleNanos() - socket.loop().nanoTime();
        if (left > 0) {
            socket.loop().wheel().arm(this, left);
        } else {
            finish();
        }
    }

    void finish() {
        if (ended) {
            return;
        }
        socket.ending(this);
        ended = true;
        if (member != null) {
            leaveServer();
        } else {
            listener.connections(socket.loop()).remove(this);
        }
        if (held != null) {
            for (ByteBuf datagram : held) {
                datagram.release();
                drop(Reasons.NO_VERDICT);
            }
            held = null;
        }
        stopWaiting();
        socket.loop().wheel().cancel(this);
        socket.remove(this);
        listener.countClosed();
        if (log != null) {
            log.end(bytesIn, bytesOut);
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

    /** The listener is withdrawn: the flow runs on until it is idle, or the time is over. */
    @Override
    public void drain() {}

    @Override
    public void serverLeaves() {
        move();
    }

    @Override
    public void end(End how) {
        if (listener.isDraining()) {
            finish();
        } else {
            move();
        }
    }
}
