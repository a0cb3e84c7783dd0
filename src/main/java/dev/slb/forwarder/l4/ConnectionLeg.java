package dev.slb.forwarder.l4;

import dev.slb.forwarder.limits.ListenerLimits;
import dev.slb.forwarder.transport.TcpConnection;
import dev.slb.forwarder.transport.Transport;
import io.netty.buffer.ByteBuf;

import java.net.InetSocketAddress;

/** A leg without a channel. What the other side has received goes out before more is received there. */
final class ConnectionLeg extends Leg implements TcpConnection.Owner {

    private final TcpConnection connection;
    private boolean active;

    ConnectionLeg(Relay relay, TcpConnection connection) {
        super(relay);
        this.connection = connection;
    }

    @Override
    public void connected() {
        active = true;
        onConnected();
        connection.read(true);
    }

    @Override
    public void notConnected() {
        onNotConnected();
    }

    @Override
    public void received(ByteBuf bytes) {
        onRead(bytes);
        onReadComplete();
    }

    @Override
    public void inputEnded() {
        onInputEnd();
    }

    @Override
    public void stalled() {
        onStall();
    }

    @Override
    public void sent() {
        if (isFinishing()) {
            endOutput();
        } else if (connection.isWritable()) {
            onWritable();
        }
    }

    @Override
    public void tooMuchHeld() {
        onTooMuchHeld();
    }

    @Override
    public void failed(Throwable cause) {
        onFailure(cause);
    }

    @Override
    public void closed() {
        onClosed();
    }

    @Override
    Leg newServer(Transport transport, InetSocketAddress address) {
        return new ConnectionLeg(relay, transport.newConnection(connection.loop(), address));
    }

    @Override
    void connect(InetSocketAddress address) {
        connection.connect(this, address);
    }

    @Override
    boolean isActive() {
        return active && connection.isOpen();
    }

    @Override
    void read(boolean on) {
        connection.read(on);
    }

    @Override
    void watch() {
        connection.watch();
    }

    @Override
    void write(ByteBuf bytes) {
        connection.write(bytes);
    }

    /** What is written goes out by itself. */
    @Override
    void flush() {}

    @Override
    boolean isWritable() {
        return connection.isWritable();
    }

    @Override
    long pendingBytes() {
        return connection.pendingBytes();
    }

    @Override
    boolean flushLast() {
        return connection.pendingBytes() == 0;
    }

    @Override
    void shutdownOutput() {
        connection.shutdownOutput();
    }

    @Override
    void close() {
        connection.close();
    }

    @Override
    void reset() {
        connection.reset();
    }

    @Override
    void shape(ListenerLimits limits) {
        limits.shape(connection);
    }

    @Override
    boolean waitsForBandwidth() {
        return connection.isHeld();
    }

    @Override
    long roundTripMicros() {
        return connection.roundTripMicros();
    }
}
