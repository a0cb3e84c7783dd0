package dev.slb.delivery;

import dev.slb.forwarder.transport.PacedLog;
import dev.slb.plan.DocumentId;
import dev.slb.plan.PlanJson;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.MessageToMessageCodec;
import io.netty.handler.timeout.IdleStateHandler;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Lines of JSON to messages and back. A new version of a document that the other end has travels as an {@link PlanMessage.Edit}
 * of what it has, if it takes that and it is shorter: above this, there are whole documents only.
 */
final class PlanLines extends MessageToMessageCodec<ByteBuf, PlanMessage> {

    private final int maxLineBytes;
    private final PacedLog log;
    /** Documents as they were sent on this connection last, by either end. */
    private final Map<DocumentId, PlanMessage.Publish> sent = new HashMap<>();

    private boolean takesEdits;

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
        PlanMessage message = PlanMessage.read(line.toString(StandardCharsets.UTF_8));
        if (message instanceof PlanMessage.Hello hello) {
            takesEdits = hello.edits();
        } else if (message instanceof PlanMessage.Edit edit) {
            message = whole(edit);
        }
        remember(message);
        out.add(message);
    }

    /** @throws IllegalArgumentException which ends the connection: with the next one, all comes anew */
    private PlanMessage.Publish whole(PlanMessage.Edit edit) {
        PlanMessage.Publish before = sent.get(edit.id());
        if (before == null || !Objects.equals(before.version(), edit.from())) {
            throw new IllegalArgumentException("an edit of a version of " + edit.id() + " that was not sent");
        }
        return new PlanMessage.Publish(edit.id(), edit.version(), edit.edit().applyTo(before.document()));
    }

    private void remember(PlanMessage message) {
        if (message instanceof PlanMessage.Publish publish) {
            sent.put(publish.id(), publish);
        } else if (message instanceof PlanMessage.Withdraw withdraw) {
            sent.remove(withdraw.id());
        }
    }

    /** The same message, or one that says the same in fewer words. */
    private PlanMessage shortened(PlanMessage message) {
        if (takesEdits && message instanceof PlanMessage.Publish publish && sent.containsKey(publish.id())) {
            PlanMessage.Publish before = sent.get(publish.id());
            TextEdit edit = TextEdit.between(before.document(), publish.document());
            if (edit.text().length() < publish.document().length() / 2) {
                return new PlanMessage.Edit(publish.id(), before.version(), publish.version(), edit);
            }
        }
        return message;
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
        PlanMessage shortened = shortened(message);
        remember(message);
        if (shortened != message) {
            line = PlanJson.write(shortened);
            length = ByteBufUtil.utf8Bytes(line);
        }
        ByteBuf buffer = context.alloc().buffer(length + 1);
        buffer.writeCharSequence(line, StandardCharsets.UTF_8);
        buffer.writeByte('\n');
        out.add(buffer);
    }
}
