package dev.slb.forwarder.l4.udp;

import dev.slb.forwarder.limits.LimitReasons;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Reasons;
import dev.slb.forwarder.transport.Addresses;
import dev.slb.forwarder.transport.Buffers;
import dev.slb.forwarder.transport.DatagramPeer;
import dev.slb.forwarder.transport.Faults;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.internal.OutOfDirectMemoryError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * What a UDP port is on one event loop, with the flows of those clients that the kernel gives to it. What
 * clients send goes on when nothing more is there to be read; answers are gathered and sent together at the end of the
 * loop's turn. Datagrams of one flow that follow one another go through the kernel as one where it takes that.
 *
 * <p>A port of all addresses has a channel more for each address that was asked, where datagrams say which that is: what leaves
 * by it leaves from there. The first datagrams to an address wait for its channel.
 *
 * <p>A flow stays with the listener that it began with, also when the port goes to another one.
 */
public final class UdpSocket {

    private static final Logger LOG = LoggerFactory.getLogger(UdpSocket.class);

    /** Answers that wait for the socket to take them: what is more is dropped. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(512 * 1024, 1024 * 1024);

    /** What is asked for; the kernel gives as much as {@code net.core.rmem_max} and {@code wmem_max} allow. */
    private static final int SOCKET_BUFFER = 2 * 1024 * 1024;

    /** Addresses that have channels of their own, at one port: answers from more of them come from where the kernel likes. */
    public static final int MAX_ASKED = 64;

    /** Datagrams that wait for the channel of the address that they ask. */
    static final int MAX_HELD = 64;

    private final Transport transport;
    private final Loop loop;
    private final FlowLimit limit;
    private final PortUse use;
    private final boolean everywhere;
    private final EarlyFlows early;
    private final Consumer<InetAddress> asking;
    private final UdpChannel main;
    private final Map<FlowKey, Flow> flows = new HashMap<>();
    private final Map<InetAddress, UdpChannel> asked = new HashMap<>();
    /** What waits for a channel that was asked for. */
    private final Map<InetAddress, Deque<DatagramPacket>> held = new HashMap<>();
    /** What one client has sent, and has not gone on yet. */
    private final Burst requests = new Burst(0);
    /** What is received from one server. */
    private final Burst answers = new Burst(Transport.MAX_DATAGRAM);

    private ListenerRuntime listener;
    /** Whose the requests are; null when there are none. */
    private Flow sender;

    private boolean retired;
    private boolean closed;
    /** Flows that hold datagrams until the first verdict. */
    private int waiting;

    /**
     * @param use counts this socket, until it is retired, and each of its flows
     * @param asking is told of an address that was asked, of which the port has no channel: {@link #opened} must follow
     */
    public UdpSocket(
            Transport transport,
            Loop loop,
            InetSocketAddress local,
            FlowLimit limit,
            PortUse use,
            EarlyFlows early,
            Consumer<InetAddress> asking) {
        this.transport = transport;
        this.loop = loop;
        this.limit = limit;
        this.use = use;
        this.everywhere = local.getAddress().isAnyLocalAddress();
        this.early = early;
        this.asking = asking;
        this.main = newChannel(local, new AtomicInteger());
        main.channel().config().setAutoRead(false);
        use.begin();
    }

    /**
     * One more channel, for an address that was asked; not registered yet. Any thread.
     *
     * @param flows counts its flows, with those of the same address on other loops
     */
    public UdpChannel newChannel(InetSocketAddress local, AtomicInteger flows) {
        DatagramChannel channel = transport.newDatagramChannel(local);
        channel.config().setWriteBufferWaterMark(WATER_MARK);
        channel.config().setReceiveBufferSize(SOCKET_BUFFER);
        channel.config().setSendBufferSize(SOCKET_BUFFER);
        return new UdpChannel(this, channel, flows);
    }

    /** Frees what was never registered. */
    public void discard() {
        main.discard();
        releaseBuffers();
    }

    public DatagramChannel channel() {
        return main.channel();
    }

    public Loop loop() {
        return loop;
    }

    /** New flows are those of this listener from when the future is done. Any thread. */
    public Future<Void> open(UdpFrontend frontend) {
        Promise<Void> opened = loop.eventLoop().newPromise();
        loop.eventLoop().execute(() -> {
            listener = frontend.listener();
            if (retired) {
                retired = false;
                use.begin();
            }
            main.channel().config().setAutoRead(true);
            opened.setSuccess(null);
        });
        return opened;
    }

    /** From now on there are no new flows. Any thread. */
    public void retire() {
        loop.eventLoop().execute(() -> {
            if (!retired) {
                retired = true;
                use.end();
            }
        });
    }

    /**
     * What is asked at this address is answered by this channel from now on. Any thread.
     *
     * @param channel null: there is none, what waits for it is answered as if nothing were known of the address
     */
    public void opened(InetAddress address, UdpChannel channel) {
        loop.eventLoop().execute(() -> {
            if (channel != null && channel.channel().isOpen()) {
                asked.put(address, channel);
            }
            Deque<DatagramPacket> waited = held.remove(address);
            if (waited != null) {
                waited.forEach(packet -> received(channel == null ? main : channel, packet, true));
                forwardGathered();
            }
        });
    }

    void received(UdpChannel via, DatagramPacket packet) {
        received(via, packet, false);
    }

    /** @param waited whether the packet has waited for a channel already */
    private void received(UdpChannel via, DatagramPacket packet, boolean waited) {
        try {
            if (closed) {
                return;
            }
            FlowKey key = FlowKey.of(packet);
            Flow flow = flows.get(key);
            if (flow != null) {
                gather(flow, packet.content());
                return;
            }
            UdpSocket other = early.find(key);
            if (other != null && other != this) {
                other.handedOver(packet.retain());
            } else {
                first(via, packet, key, waited);
            }
        } finally {
            packet.release();
        }
    }

    /** What the kernel has given to another loop, of a flow that is here. Any thread. */
    private void handedOver(DatagramPacket packet) {
        loop.eventLoop().execute(() -> {
            received(asked.getOrDefault(packet.recipient().getAddress(), main), packet, true);
            forwardGathered();
        });
    }

    /** What one client sends in one go waits for the end of that, to go on together. */
    private void gather(Flow flow, ByteBuf datagram) {
        int length = datagram.readableBytes();
        boolean waits = length <= Burst.MAX_LENGTH && flow.takesSegments();
        if (!waits || flow != sender || !requests.takes(length)) {
            forwardGathered();
        }
        if (!waits) {
            flow.fromClient(datagram);
        } else if (flow.passesIn(length)) {
            sender = flow;
            requests.buffer().writeBytes(datagram);
            requests.add(length);
        }
    }

    void forwardGathered() {
        if (sender != null) {
            Flow flow = sender;
            sender = null;
            try {
                flow.forward(requests);
            } finally {
                requests.emptied();
            }
        }
    }

    /** The first datagram of a client begins a flow, unless it is refused or there is no server for it. */
    private void first(UdpChannel via, DatagramPacket packet, FlowKey key, boolean waited) {
        if (retired || listener.isDraining()) {
            listener.countDrop(loop, Reasons.DRAINING);
            return;
        }
        if (!listener.limits().permits(packet.sender().getAddress())) {
            listener.countDrop(loop, LimitReasons.ACCESS_DENIED);
            return;
        }
        UdpChannel answers =
                waited || via != main ? via : answering(packet.recipient().getAddress());
        if (answers == null) {
            hold(packet);
            return;
        }
        String refusal = refusal();
        if (refusal != null) {
            listener.countDrop(loop, refusal);
            return;
        }
        Flow flow = new Flow(this, answers, listener, packet.sender(), destination(packet), key);
        flows.put(key, flow);
        if (waited || answers != main && asked.get(key.asked()) != answers) {
            early.add(flow, this);
        }
        answers.flows().incrementAndGet();
        use.begin();
        flow.begin();
        flow.fromClient(packet.content());
        if (!flow.isServed()) {
            flow.finish();
        }
    }

    /** What answers from this address; null when that is not known yet. */
    private UdpChannel answering(InetAddress address) {
        return everywhere && !address.isAnyLocalAddress() && !address.isMulticastAddress() ? asked.get(address) : main;
    }

    private void hold(DatagramPacket packet) {
        InetAddress address = packet.recipient().getAddress();
        Deque<DatagramPacket> waiting = held.get(address);
        if (waiting == null) {
            waiting = new ArrayDeque<>();
            held.put(address, waiting);
            asking.accept(address);
        }
        if (waiting.size() < MAX_HELD) {
            waiting.add(packet.retain());
        } else {
            listener.countDrop(loop, Reasons.NO_SOCKET);
        }
    }

    /** Where the client sent to: at the wildcard address, and where the transport does not tell, where answers come from. */
    private static InetSocketAddress destination(DatagramPacket packet) {
        InetSocketAddress local = packet.recipient();
        return local.getAddress().isAnyLocalAddress()
                ? new InetSocketAddress(Addresses.localFor(packet.sender().getAddress()), local.getPort())
                : local;
    }

    /** Whether there may be a flow more: null, and then {@link #remove} gives back what was taken; else why not. */
    private String refusal() {
        if (!limit.tryAdd()) {
            return Reasons.FLOW_LIMIT;
        }
        String refusal = listener.limits().enter();
        if (refusal != null) {
            limit.remove();
        }
        return refusal;
    }

    /** The flow is about to end: what its client has sent must go on. */
    void ending(Flow flow) {
        if (flow == sender) {
            forwardGathered();
        }
    }

    /** The flow has ended. */
    void remove(Flow flow) {
        flows.remove(flow.key());
        early.remove(flow, this);
        flow.channel().flows().decrementAndGet();
        limit.remove();
        flow.listener().limits().leave();
        use.end();
    }

    DatagramPeer open(InetSocketAddress server, DatagramPeer.Receiver receiver) throws IOException {
        return transport.openPeer(loop, server, receiver);
    }

    /** Whether answers can go to a client by one call. */
    boolean sendsSegments() {
        return transport.sendsSegments();
    }

    /** Empty, for what one server sends in one go; {@link #answer} must follow before the loop does anything else. */
    Burst answers() {
        answers.emptied();
        return answers;
    }

    /** An empty buffer for a datagram of any length, or a burst with headers; there are no answers now. */
    ByteBuf scratch() {
        return answers.emptied();
    }

    /** Sends the answers to the client of this flow; then there are none. */
    void answer(Flow flow) {
        if (answers.count() > 0) {
            if (flow.channel().isWritable()) {
                write(flow);
            } else {
                flow.listener().countDrops(loop, Reasons.SOCKET_FULL, answers.count());
            }
            answers.removeAll();
        }
    }

    private void write(Flow flow) {
        UdpChannel channel = flow.channel();
        int written = 0;
        int bytes = 0;
        try {
            if (answers.bytes() == 0) {
                written = writeEmpty(flow) ? 1 : 0;
            } else if (answers.count() > 1 && flow.answersTogether()) {
                channel.write(new SegmentedAnswers(flow, channel.copy(answers.all()), answers.length()));
                written = answers.count();
                bytes = answers.bytes();
            } else {
                for (; written < answers.count(); written++) {
                    ByteBuf next = answers.datagram(written);
                    int length = next.readableBytes();
                    channel.write(new DatagramPacket(channel.copy(next), flow.client()));
                    bytes += length;
                }
            }
        } catch (OutOfDirectMemoryError e) { // on the way of the server's socket nobody else would catch it
            outOfMemory(flow.listener(), answers.count() - written);
        }
        if (written > 0) {
            flow.countAnswers(written, bytes);
        }
    }

    private void outOfMemory(ListenerRuntime whose, int datagrams) {
        loop.buffers().exhausted("a datagram is dropped");
        if (whose != null) {
            whose.countDrops(loop, Reasons.BUFFER_MEMORY, datagrams);
        }
    }

    /** At once, after what waits: Netty's channels take it to be nothing. */
    private boolean writeEmpty(Flow flow) {
        DatagramChannel channel = flow.channel().channel();
        channel.flush();
        try {
            transport.sendEmpty(channel, flow.client());
            return true;
        } catch (IOException e) {
            notSent(flow.channel(), e);
            return false;
        }
    }

    boolean mayWait() {
        return waiting < Flow.MAX_WAITING;
    }

    void countWaiting(int change) {
        waiting += change;
    }

    void caught(UdpChannel via, Throwable cause) {
        if (Buffers.isExhausted(cause)) {
            outOfMemory(listener, 1);
            return;
        }
        notSent(via, cause);
    }

    /** An answer could not be sent: there is no way to the client, or the datagram is larger than one may be. */
    private void notSent(UdpChannel via, Throwable cause) {
        if (Faults.isOfConnection(cause)) {
            LOG.debug("on {}", via.channel().localAddress(), cause);
        } else {
            loop.faults().tell(via.channel().localAddress(), cause);
        }
        if (listener != null) {
            listener.countDrop(loop, Reasons.NOT_SENT);
        }
    }

    private void releaseBuffers() {
        requests.release();
        answers.release();
    }

    /** The channel is closed. A client of an address whose channel is gone begins anew. */
    void unregistered(UdpChannel via) {
        if (closed) {
            return;
        }
        List.copyOf(flows.values()).stream()
                .filter(flow -> via == main || flow.channel() == via)
                .forEach(Flow::finish);
        asked.values().remove(via);
        if (via == main) {
            closed = true;
            held.values().forEach(this::dropHeld);
            held.clear();
            releaseBuffers();
        }
    }

    private void dropHeld(Deque<DatagramPacket> packets) {
        packets.forEach(DatagramPacket::release);
        listener.countDrops(loop, Reasons.DRAINING, packets.size());
    }
}
