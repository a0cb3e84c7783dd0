package dev.slb.forwarder.transport;

import dev.slb.simulation.SimulatedLoop;
import dev.slb.simulation.UdpSocket;
import io.netty.buffer.ByteBuf;
import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoRegistration;

import java.io.IOException;
import java.net.InetSocketAddress;

/** A socket of a flow over a {@link UdpSocket}: as that of epoll, told again as long as there is something. */
final class SimulatedPeer extends DatagramPeer implements IoHandle {

    private final SimulatedTransport transport;
    private final SimulatedLoop loop;
    private final InetSocketAddress remote;
    private final UdpSocket socket;
    private final IoRegistration registration;
    private boolean takesSegments;
    private boolean queued;

    SimulatedPeer(
            SimulatedTransport transport, Loop loop, UdpSocket socket, InetSocketAddress remote, Receiver receiver)
            throws IOException {
        super(loop, receiver);
        this.transport = transport;
        this.loop = (SimulatedLoop) loop.eventLoop();
        this.remote = remote;
        this.socket = socket;
        this.takesSegments = transport.sendsSegments();
        this.registration = Transport.register(loop, this);
        socket.owner(this::tell);
    }

    private void tell() {
        if (!queued) {
            queued = true;
            loop.io(() -> {
                queued = false;
                readable();
                if (socket.hasSomething()) {
                    tell();
                }
            });
        }
    }

    @Override
    public boolean send(ByteBuf datagram) throws IOException {
        if (transport.datagrams().isSocketFull()) {
            return false;
        }
        send(datagram, datagram.readerIndex(), datagram.readableBytes());
        return true;
    }

    private void send(ByteBuf from, int start, int length) throws IOException {
        byte[] bytes = new byte[length];
        from.getBytes(start, bytes);
        socket.send(bytes, remote);
        transport.datagrams().sentToServer(bytes);
    }

    @Override
    public boolean takesSegments() {
        return takesSegments;
    }

    @Override
    public boolean send(ByteBuf datagrams, int length) throws IOException {
        if (transport.datagrams().isSocketFull()) {
            return false;
        }
        if (transport.datagrams().refusesSegments()) {
            takesSegments = false;
            throw new IOException("Invalid argument");
        }
        int end = datagrams.writerIndex();
        for (int start = datagrams.readerIndex(); start < end; start += length) {
            send(datagrams, start, Math.min(length, end - start));
        }
        return true;
    }

    @Override
    public int receive(ByteBuf into) throws IOException {
        UdpSocket.Datagram datagram = socket.receive();
        if (datagram == null) {
            return -1;
        }
        int length = Math.min(datagram.bytes().length, into.writableBytes());
        into.writeBytes(datagram.bytes(), 0, length);
        transport.datagrams().receivedFromServer(datagram.bytes());
        return length;
    }

    @Override
    void closeSocket() {
        registration.cancel();
        socket.close();
        transport.closed(this);
    }

    @Override
    public void handle(IoRegistration ofThis, IoEvent event) {
        throw new UnsupportedOperationException("its socket tells it");
    }
}
