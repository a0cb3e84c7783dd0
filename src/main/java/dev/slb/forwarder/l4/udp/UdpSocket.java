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
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.internal.OutOfDirectMemoryError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One of the sockets of a UDP port: on one event loop, with the flows of those clients that the kernel gives to it. What
 * clients send goes on when nothing more is there to be read; answers are gathered and sent together at the end of the
 * loop's turn. Datagrams of one flow that follow one another go through the kernel as one where it takes that.
 *
 * <p>A flow stays with the listener that it began with, also when the port goes to another one.
 */
public final class UdpSocket extends ChannelInboundHandlerAdapter implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(UdpSocket.class);

    /** Answers that wait for the socket to take them: what is more is dropped. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(512 * 1024, 1024 * 1024);

    /** What is asked for; the kernel gives as much as {@code net.core.rmem_max} and {@code wmem_max} allow. */
    private static final int SOCKET_BUFFER = 2 * 1024 * 1024;

    private final Transport transport;
    private final Loop loop;
    private final FlowLimit limit;
    private final PortUse use;
    private final DatagramChannel channel;
    private final Map<ClientKey, Flow> flows = new HashMap<>();
    /** What one client has sent, and has not gone on yet. */
    private final Burst requests = new Burst(0);
    /** What is received from one server. */
    private final Burst answers = new Burst(Transport.MAX_DATAGRAM);

    /**
     * A client as a key. It is comparable, so that a map with many keys of one hash, which anybody who has a network of
     * IPv6 can choose, finds them all the same.
     */
    private record ClientKey(InetAddress address, int port) implements Comparable<ClientKey> {

        static ClientKey of(InetSocketAddress client) {
            return new ClientKey(client.getAddress(), client.getPort());
        }

        @Override
        public int compareTo(ClientKey other) {
            int byPort = Integer.compare(port, other.port);
            return byPort != 0 ? byPort : Arrays.compareUnsigned(address.getAddress(), other.address.getAddress());
        }
    }

    private ListenerRuntime listener;
    /** Whose the requests are; null when there are none. */
    private Flow sender;

    private boolean retired;
    private boolean closed;
    /** Whether answers are gathered, to be sent by {@link #run}. */
    private boolean gathering;

    /** Flows that hold datagrams until the first verdict. */
    private int waiting;

    /** @param use counts this socket, until it is retired, and each of its flows */
    public UdpSocket(Transport transport, Loop loop, InetSocketAddress local, FlowLimit limit, PortUse use) {
        this.transport = transport;
        this.loop = loop;
        this.limit = limit;
        this.use = use;
        this.channel = transport.newDatagramChannel(local);
        channel.config().setAutoRead(false);
        channel.config().setWriteBufferWaterMark(WATER_MARK);
        channel.config().setReceiveBufferSize(SOCKET_BUFFER);
        channel.config().setSendBufferSize(SOCKET_BUFFER);
        channel.pipeline().addLast(this);
        use.begin();
    }

    /** Frees what was never registered. */
    public void discard() {
        channel.unsafe().closeForcibly();
        releaseBuffers();
    }

    public DatagramChannel channel() {
        return channel;
    }

    public Loop loop() {
        return loop;
    }

    /** From now on new flows are those of this listener. Any thread. */
    public void open(UdpFrontend frontend) {
        loop.eventLoop().execute(() -> {
            listener = frontend.listener();
            if (retired) {
                retired = false;
                use.begin();
            }
            channel.config().setAutoRead(true);
        });
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

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        DatagramPacket packet = (DatagramPacket) message;
        try {
            Flow flow = flows.get(ClientKey.of(packet.sender()));
            if (flow != null) {
                gather(flow, packet.content());
            } else {
                first(packet);
            }
        } finally {
            packet.release();
        }
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

    private void forwardGathered() {
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

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        forwardGathered();
    }

    /** The first datagram of a client begins a flow, unless it is refused or there is no server for it. */
    private void first(DatagramPacket packet) {
        if (retired || listener.isDraining()) {
            listener.countDrop(loop, Reasons.DRAINING);
            return;
        }
        String refusal = refusal(packet.sender().getAddress());
        if (refusal != null) {
            listener.countDrop(loop, refusal);
            return;
        }
        Flow flow = new Flow(this, listener, packet.sender(), destination(packet));
        flows.put(ClientKey.of(flow.client()), flow);
        use.begin();
        flow.begin();
        flow.fromClient(packet.content());
        if (!flow.isServed()) {
            flow.finish();
        }
    }

    /** Where the client sent to: at the wildcard address, and where the transport does not tell, where answers come from. */
    private static InetSocketAddress destination(DatagramPacket packet) {
        InetSocketAddress local = packet.recipient();
        return local.getAddress().isAnyLocalAddress()
                ? new InetSocketAddress(Addresses.localFor(packet.sender().getAddress()), local.getPort())
                : local;
    }

    /** Whether a client may have a flow: null, and then {@link #remove} gives back what was taken; else why not. */
    private String refusal(InetAddress client) {
        if (!listener.limits().permits(client)) {
            return LimitReasons.ACCESS_DENIED;
        }
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
        flows.remove(ClientKey.of(flow.client()));
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
            if (isWritable()) {
                write(flow);
                flow.countAnswers(answers.count(), answers.bytes());
            } else {
                flow.listener().countDrops(loop, Reasons.SOCKET_FULL, answers.count());
            }
            answers.removeAll();
        }
    }

    private boolean isWritable() {
        if (!channel.isWritable()) {
            channel.flush();
        }
        return channel.isWritable();
    }

    private void write(Flow flow) {
        try {
            copyAndWrite(flow);
        } catch (OutOfDirectMemoryError e) { // on the way of the server's socket nobody else would catch it
            outOfMemory();
        }
    }

    private void outOfMemory() {
        loop.buffers().exhausted("a datagram is dropped");
        if (listener != null) {
            listener.countDrop(loop, Reasons.BUFFER_MEMORY);
        }
    }

    private void copyAndWrite(Flow flow) {
        if (answers.bytes() == 0) {
            writeEmpty(flow);
            return;
        }
        if (answers.count() > 1 && flow.answersTogether()) {
            new SegmentedAnswers(flow, copy(answers.all()), answers.length()).writeTo(channel);
        } else {
            for (int i = 0; i < answers.count(); i++) {
                channel.write(new DatagramPacket(copy(answers.datagram(i)), flow.client()), channel.voidPromise());
            }
        }
        if (!gathering) {
            gathering = true;
            loop.eventLoop().execute(this);
        }
    }

    /** At once, after what waits: Netty's channels take it to be nothing. */
    private void writeEmpty(Flow flow) {
        channel.flush();
        try {
            transport.sendEmpty(channel, flow.client());
        } catch (IOException e) {
            notSent(e);
        }
    }

    private ByteBuf copy(ByteBuf answer) {
        return channel.alloc().directBuffer(answer.readableBytes()).writeBytes(answer);
    }

    /** At the end of the loop's turn. */
    @Override
    public void run() {
        gathering = false;
        channel.flush();
    }

    boolean mayWait() {
        return waiting < Flow.MAX_WAITING;
    }

    void countWaiting(int change) {
        waiting += change;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (Buffers.isExhausted(cause)) {
            outOfMemory();
            return;
        }
        notSent(cause);
    }

    /** An answer could not be sent: there is no way to the client, or the datagram is larger than one may be. */
    private void notSent(Throwable cause) {
        if (Faults.isOfConnection(cause)) {
            LOG.debug("on {}", channel.localAddress(), cause);
        } else {
            loop.faults().tell(channel.localAddress(), cause);
        }
        if (listener != null) {
            listener.countDrop(loop, Reasons.NOT_SENT);
        }
    }

    private void releaseBuffers() {
        requests.release();
        answers.release();
    }

    @Override
    public void channelUnregistered(ChannelHandlerContext context) {
        if (!closed) {
            closed = true;
            List.copyOf(flows.values()).forEach(Flow::finish);
            releaseBuffers();
        }
    }
}
