package dev.slb.delivery;

import dev.slb.forwarder.transport.PacedLog;
import dev.slb.plan.PlanJson;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.MessageToMessageCodec;
import io.netty.handler.timeout.IdleStateHandler;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Lines of JSON to messages and back. */
final class PlanLines extends MessageToMessageCodec<ByteBuf, PlanMessage> {

    private final int maxLineBytes;
    private final PacedLog log;

    private PlanLines(int maxLineBytes, PacedLog log) {
        this.maxLineBytes = maxLineBytes;
        this.log = log;
    }

    /** Framing, reading, writing, and the events by which a dead peer is noticed and a heartbeat is due. */
    static void addTo(ChannelPipeline pipeline, PlanStreamOptions options, PacedLog log) {
        pipeline.addLast(
                new IdleStateHandler(
                        options.deadAfter().toMillis(), options.heartbeat().toMillis(), 0, TimeUnit.MILLISECONDS),
                new LineBasedFrameDecoder(options.maxLineBytes(), true, true),
                new PlanLines(options.maxLineBytes(), log));
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf line, List<Object> out) {
        out.add(PlanMessage.read(line.toString(StandardCharsets.UTF_8)));
    }

    @Override
    protected void encode(ChannelHandlerContext context, PlanMessage message, List<Object> out) {
        String line = PlanJson.write(message);
        int length = ByteBufUtil.utf8Bytes(line);
        if (length > maxLineBytes && message instanceof PlanMessage.Publish publish) {
            // It would cut the connection again and again: the forwarder keeps what it has of it.
            log.error("{} is not sent: {} bytes are more than a line may have", publish.id(), length);
            encode(context, new PlanMessage.Keep(publish.id()), out);
            return;
        }
        ByteBuf buffer = context.alloc().buffer(length + 1);
        buffer.writeCharSequence(line, StandardCharsets.UTF_8);
        buffer.writeByte('\n');
        out.add(buffer);
    }
}
