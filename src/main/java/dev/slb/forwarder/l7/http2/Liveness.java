package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.exchange.Timeout;
import dev.slb.forwarder.transport.Wheel;

import java.util.concurrent.TimeUnit;

/**
 * Finds out whether a server is still at the other end of a connection: when nothing comes for a while though there are requests, it is
 * pinged. The network may have forgotten the connection, or the server may hang; every request over it would wait in vain.
 *
 * <p>Servers of gRPC count pings between which they have sent nothing of an answer, and close the connection of whoever sends a few
 * of them within five minutes. So there are two at most in quick succession while nothing of an answer comes.
 */
abstract class Liveness {

    /** How long nothing may come before the server is asked, and how long its answer may take. */
    static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final int QUICK_PINGS = 2;
    private static final long SLOW_NANOS = TimeUnit.SECONDS.toNanos(330);

    private final Wheel wheel;
    private final Timeout timeout;
    private boolean watching;
    private boolean asked;
    private boolean suspect;
    private int quickPings = QUICK_PINGS;
    private long lastPing;

    Liveness(Wheel wheel) {
        this.wheel = wheel;
        timeout = new Timeout(wheel) {
            @Override
            protected void timedOut() {
                silent();
            }

            @Override
            protected void failed(Throwable cause) {
                Liveness.this.failed(cause);
            }
        };
    }

    /** Sends a ping at once. */
    abstract void ping();

    /** There was no answer to it. */
    abstract void dead();

    abstract void failed(Throwable cause);

    /** There are requests from now on. */
    void watch(long now) {
        watching = true;
        if (!asked) {
            timeout.set(now, SILENCE_NANOS);
        }
    }

    /** There are none any more: only an answer to a ping is waited for. */
    void rest() {
        watching = false;
        if (!asked) {
            timeout.clear();
        }
    }

    /** Something has come. */
    void heard(long now) {
        asked = false;
        suspect = false;
        if (watching) {
            timeout.set(now, SILENCE_NANOS);
        } else {
            timeout.clear();
        }
    }

    /** It was a part of an answer. */
    void answered() {
        quickPings = QUICK_PINGS;
    }

    /** A request had no answer: is the server still there? */
    void check(long now) {
        if (!asked && mayPing(now)) {
            ask(now);
        }
    }

    /** Whether nothing has come for long, and the answer to a ping is waited for: no new requests are to go there. */
    boolean isSuspect() {
        return suspect;
    }

    void cancel() {
        timeout.cancel();
    }

    private boolean mayPing(long now) {
        return quickPings > 0 || now - lastPing >= SLOW_NANOS;
    }

    private void ask(long now) {
        asked = true;
        quickPings = Math.max(0, quickPings - 1);
        lastPing = now;
        timeout.set(now, SILENCE_NANOS);
        ping();
    }

    private void silent() {
        long now = wheel.nanoTime();
        if (asked) {
            dead();
        } else if (mayPing(now)) {
            suspect = true;
            ask(now);
        } else {
            timeout.set(now, lastPing + SLOW_NANOS - now);
        }
    }
}
