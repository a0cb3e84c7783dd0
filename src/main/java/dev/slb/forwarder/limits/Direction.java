package dev.slb.forwarder.limits;

import io.netty.channel.EventLoop;

import java.util.function.BooleanSupplier;

/** What goes one way over a client's connection, out of its listener's share. */
final class Direction extends ShapedFlow {

    private final PipeShare share;
    private final BooleanSupplier isOpen;
    private final Runnable goOn;

    /**
     * @param isOpen whether the connection is; may be asked on any loop
     * @param goOn called on this loop when bytes may be moved again
     */
    Direction(EventLoop loop, PipeShare share, BooleanSupplier isOpen, Runnable goOn) {
        super(loop, share.time());
        this.share = share;
        this.isOpen = isOpen;
        this.goOn = goOn;
    }

    /** These bytes have been moved. @return false when it must stop until it may go on */
    boolean charge(long bytes) {
        return share.charge(this, bytes);
    }

    @Override
    boolean isOver() {
        return !isOpen.getAsBoolean();
    }

    @Override
    void resume(long waitedNanos) {
        share.countWait(waitedNanos);
        if (!isOver()) {
            goOn.run();
        }
    }
}
