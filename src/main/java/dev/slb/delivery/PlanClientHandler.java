package dev.slb.delivery;

import dev.slb.forwarder.transport.Faults;
import dev.slb.forwarder.transport.PacedLog;
import dev.slb.plan.PlanSink;
import dev.slb.plan.WrittenPlan;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.timeout.IdleState;
import io.netty.handler.timeout.IdleStateEvent;

/** One connection to the operator, at the forwarder's end. */
final class PlanClientHandler extends SimpleChannelInboundHandler<PlanMessage> {

    private final PlanMessage.Hello hello;
    private final PlanSink sink;
    private final Runnable onSynced;
    private final PacedLog log;
    private final Faults faults;
    private boolean greeted;

    PlanClientHandler(PlanMessage.Hello hello, PlanSink sink, Runnable onSynced, PacedLog log, Faults faults) {
        this.hello = hello;
        this.sink = sink;
        this.onSynced = onSynced;
        this.log = log;
        this.faults = faults;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        context.writeAndFlush(hello);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, PlanMessage message) {
        if (message instanceof PlanMessage.Hello theirs) {
            greeted = theirs.protocol() == PlanMessage.PROTOCOL;
            if (greeted) {
                log.info("taking the plan from {}", theirs.name());
            } else {
                log.warn(
                        "{} speaks version {} of the plan stream, not {}: keeping what is known",
                        theirs.name(),
                        theirs.protocol(),
                        PlanMessage.PROTOCOL);
                context.close();
            }
        } else if (greeted) {
            take(message);
        }
    }

    private void take(PlanMessage message) {
        if (message instanceof PlanMessage.Begin) {
            sink.begin();
        } else if (message instanceof PlanMessage.Publish publish) {
            publish(publish);
        } else if (message instanceof PlanMessage.Keep keep) {
            sink.keep(keep.id());
        } else if (message instanceof PlanMessage.Withdraw withdraw) {
            sink.withdraw(withdraw.id());
        } else if (message instanceof PlanMessage.Synced) {
            sink.synced();
            onSynced.run();
        }
    }

    private void publish(PlanMessage.Publish publish) {
        WrittenPlan<?> plan;
        try {
            plan = publish.read();
        } catch (IllegalArgumentException e) {
            log.error("{} can't be read, keeping the version there is: {}", publish.id(), e.getMessage());
            sink.keep(publish.id());
            return;
        }
        sink.publish(plan);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof IdleStateEvent idle) {
            if (idle.state() == IdleState.READER_IDLE) {
                log.warn("the operator is silent: closing the connection");
                context.close();
            } else {
                context.writeAndFlush(new PlanMessage.Heartbeat());
            }
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        faults.endsBy(cause);
        log.warn("the plan stream broke: {}", cause.getMessage());
        context.close();
    }
}
