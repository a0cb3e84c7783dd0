package dev.slb.forwarder.limits;

import dev.slb.forwarder.transport.TcpConnection;
import io.netty.channel.EventLoop;

/** Keeps a client's connection within the bandwidth: what {@link Shaper} is to channels. Bytes that are here go on. */
final class ConnectionShaper implements TcpConnection.Throttle {

    private final Direction fromClient;
    private final Direction toClient;

    ConnectionShaper(TcpConnection connection, PipeShare in, PipeShare out) {
        EventLoop loop = connection.loop().eventLoop();
        fromClient = new Direction(loop, in, connection::isOpen, connection::resumeReading);
        toClient = new Direction(loop, out, connection::isOpen, connection::resumeWriting);
    }

    @Override
    public boolean received(int bytes) {
        return fromClient.charge(bytes);
    }

    @Override
    public boolean written(int bytes) {
        return toClient.charge(bytes);
    }
}
