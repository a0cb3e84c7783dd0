package dev.slb.delivery;

import dev.slb.control.PlanChange;
import dev.slb.control.PlanStore;
import dev.slb.forwarder.transport.Faults;
import dev.slb.forwarder.transport.PacedLog;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.timeout.IdleState;
import io.netty.handler.timeout.IdleStateEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/** One forwarder at the operator's end. Takes from the store only what the connection can carry now. */
final class PlanServerHandler extends SimpleChannelInboundHandler<PlanMessage> {

    private static final Logger LOG = LoggerFactory.getLogger(PlanServerHandler.class);

    private final PlanStore store;
    private final String name;
    private final PacedLog log;
    private final Faults faults;
    private final AtomicBoolean awake = new AtomicBoolean();
    private PlanStore.Subscription subscription;
    private String forwarder = "a forwarder that has not said its name";

    /** @param log of all connections, since anybody who may connect can do so again and again */
    PlanServerHandler(PlanStore store, String name, PacedLog log, Faults faults) {
        this.store = store;
        this.name = name;
        this.log = log;
        this.faults = faults;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        context.writeAndFlush(new PlanMessage.Hello(PlanMessage.PROTOCOL, name, null, false));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, PlanMessage message) {
        if (!(message instanceof PlanMessage.Hello hello) || subscription != null) {
            return;
        }
        forwarder = hello.name();
        if (hello.protocol() != PlanMessage.PROTOCOL) {
            log.warn(
                    "{} speaks version {} of the plan stream, not {}: it keeps what it has",
                    forwarder,
                    hello.protocol(),
                    PlanMessage.PROTOCOL);
            context.close();
            return;
        }
        log.info("{} takes the plan", forwarder);
        subscription = store.subscribe(hello.loadBalancer(), () -> wakeUp(context));
        pump(context);
    }

    /** Any thread. */
    private void wakeUp(ChannelHandlerContext context) {
        if (!awake.compareAndSet(false, true)) {
            return;
        }
        try {
            context.executor().execute(() -> pump(context));
        } catch (RejectedExecutionException e) {
            LOG.debug("a change came in while the server closes");
        }
    }

    private void pump(ChannelHandlerContext context) {
        awake.set(false);
        if (subscription == null) {
            return;
        }
        while (context.channel().isActive() && context.channel().isWritable()) {
            PlanChange change = subscription.poll();
            if (change == null) {
                break;
            }
            context.write(PlanMessage.of(change));
        }
        context.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        pump(context);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof IdleStateEvent idle) {
            if (idle.state() == IdleState.READER_IDLE) {
                log.warn("{} is silent: closing its connection", forwarder);
                context.close();
            } else if (context.channel().isWritable()) {
                context.writeAndFlush(new PlanMessage.Heartbeat());
            }
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (subscription != null) {
            subscription.close();
            log.info("{} no longer takes the plan", forwarder);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        faults.endsBy(cause);
        log.warn("the plan stream to {} broke: {}", forwarder, cause.getMessage());
        context.close();
    }
}
