package dev.slb.forwarder.l4.udp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A channel of a {@link UdpSocket}: datagrams come by it, and the answers to them go by it, from the address that it is bound to.
 * What is written goes at the end of the loop's turn.
 */
public final class UdpChannel extends ChannelInboundHandlerAdapter implements Runnable {

    private final UdpSocket socket;
    private final DatagramChannel channel;
    private final AtomicInteger flows;
    /** Whether answers are gathered, to be sent by {@link #run}. */
    private boolean gathering;

    UdpChannel(UdpSocket socket, DatagramChannel channel, AtomicInteger flows) {
        this.socket = socket;
        this.channel = channel;
        this.flows = flows;
        channel.pipeline().addLast(this);
    }

    public DatagramChannel channel() {
        return channel;
    }

    /** Frees what was never registered. */
    public void discard() {
        channel.unsafe().closeForcibly();
    }

    /** How many flows it has, and others of the same address. */
    AtomicInteger flows() {
        return flows;
    }

    /** Whether it takes answers; what is more is to be dropped. */
    boolean isWritable() {
        if (!channel.isWritable()) {
            channel.flush();
        }
        return channel.isWritable();
    }

    ByteBuf copy(ByteBuf answer) {
        return channel.alloc().directBuffer(answer.readableBytes()).writeBytes(answer);
    }

    void write(DatagramPacket answer) {
        channel.write(answer, channel.voidPromise());
        flushLater();
    }

    void write(SegmentedAnswers answers) {
        answers.writeTo(channel);
        flushLater();
    }

    private void flushLater() {
        if (!gathering) {
            gathering = true;
            channel.eventLoop().execute(this);
        }
    }

    /** At the end of the loop's turn. */
    @Override
    public void run() {
        gathering = false;
        channel.flush();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        socket.received(this, (DatagramPacket) message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        socket.forwardGathered();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        socket.caught(this, cause);
    }

    @Override
    public void channelUnregistered(ChannelHandlerContext context) {
        socket.unregistered(this);
    }
}
