package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.transport.TimeSource;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;

import java.util.concurrent.TimeUnit;

/**
 * Counts what clients of HTTP/2 do that costs us more than them, and ends the connection of one that does too much of
 * it. Browsers reset many requests when a page is left, and everybody sends a few frames that carry nothing.
 */
final class FloodGuard {

    static final String RAPID_RESET = "Http2RapidReset";
    static final String FRAME_FLOOD = "Http2FrameFlood";

    /** Requests that are given up before they are answered, or that we must reset for what the client sends, in one window. */
    static final int MAX_RESETS = 200;
    /** Frames that carry nothing: settings, priorities, empty data, in one window. */
    static final int MAX_USELESS_FRAMES = 1000;

    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** Ends the connection; its reason is what is counted. */
    static final class Flood extends Http2Exception {

        private static final long serialVersionUID = 1;

        private final String reason;

        Flood(String reason) {
            super(Http2Error.ENHANCE_YOUR_CALM, reason, ShutdownHint.HARD_SHUTDOWN);
            this.reason = reason;
        }

        String reason() {
            return reason;
        }
    }

    private final TimeSource time;
    private long windowStart;
    private int resets;
    private int uselessFrames;

    FloodGuard(TimeSource time) {
        this.time = time;
        this.windowStart = time.nanoTime();
    }

    /** The request may be at a server by then, whichever side resets it. */
    void reset() throws Flood {
        startWindow();
        if (++resets > MAX_RESETS) {
            throw new Flood(RAPID_RESET);
        }
    }

    void uselessFrame() throws Flood {
        startWindow();
        if (++uselessFrames > MAX_USELESS_FRAMES) {
            throw new Flood(FRAME_FLOOD);
        }
    }

    private void startWindow() {
        long now = time.nanoTime();
        if (now - windowStart >= WINDOW_NANOS) {
            windowStart = now;
            resets = 0;
            uselessFrames = 0;
        }
    }
}
