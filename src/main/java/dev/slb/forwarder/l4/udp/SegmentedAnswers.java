package dev.slb.forwarder.l4.udp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.SegmentedDatagramPacket;

/** Answers that go to a client by one call. When the kernel refuses that, they and all later ones go one by one. */
final class SegmentedAnswers extends SegmentedDatagramPacket implements ChannelFutureListener {

    private final Flow flow;

    SegmentedAnswers(Flow flow, ByteBuf answers, int length) {
        super(answers, length, flow.client());
        this.flow = flow;
    }

    void writeTo(Channel channel) {
        retain();
        channel.write(this).addListener(this);
    }

    @Override
    public void operationComplete(ChannelFuture written) {
        try {
            if (written.cause() instanceof Errors.NativeIoException) {
                flow.answersRefused();
            }
            if (!written.isSuccess()) {
                writeOneByOne(written.channel());
            }
        } finally {
            release();
        }
    }

    private void writeOneByOne(Channel channel) {
        while (content().isReadable()) {
            ByteBuf next = content()
                    .readRetainedSlice(Math.min(segmentSize(), content().readableBytes()));
            channel.write(new DatagramPacket(next, recipient()), channel.voidPromise());
        }
        channel.eventLoop().execute(channel::flush);
    }
}
