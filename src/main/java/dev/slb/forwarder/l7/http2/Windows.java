package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.exchange.HttpLoop;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Settings;

import java.util.concurrent.TimeUnit;

/**
 * How much the peer of a connection may send ahead in each stream: much while the other side takes it at once, so that a long way
 * costs no round trips; little as soon as it waits here, and then, when it is taken, as much as is taken in a second.
 *
 * <p>The window of the connection is given back whatever waits, so that a stream that nobody takes holds back no other. It bounds what may
 * still come in the one round trip until the peer has heard that windows are narrow.
 */
final class Windows {

    /** Of each stream. More than the 10 MiB that are on the way at 100 MB/s and 100 ms. */
    static final int WIDE = 11 * 1024 * 1024;

    static final int CONNECTION = 16 * 1024 * 1024;

    /** When so much waits in all streams, windows become narrow. */
    private static final int MUCH = 4 * 1024 * 1024;

    /** When no more is left of it, they become wide again. */
    private static final int LITTLE = MUCH / 4;

    /** A peer that has more waiting has not kept to its windows, or not heard of them for long. */
    static final int MOST = MUCH + CONNECTION + 12 * 1024 * 1024;

    /** A window may have this part of what {@link dev.slb.forwarder.transport.Backlog#room} gives a connection, times. */
    private static final int SHARES = 16;

    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Http2Link link;
    private final HttpLoop http;
    private final int narrow;
    private boolean wide;
    private long waiting;
    /** Much has waited, and windows are not as wide since as they may be. */
    private boolean narrowed;

    private long narrowedAt;
    /** What went on since. */
    private long taken;

    /** @param narrow of each stream, which is what the connection begins with unless it {@link #beginWide} */
    Windows(Http2Link link, HttpLoop http, int narrow) {
        this.link = link;
        this.http = http;
        this.narrow = narrow;
    }

    /** How wide a stream's window may be: less when memory is scarce. */
    static int width(HttpLoop http, int narrow) {
        return Math.max(narrow, SHARES * http.loop().backlog().room(WIDE / SHARES, 0));
    }

    /** The first settings of the connection have let them be wide. */
    void beginWide() {
        wide = true;
    }

    /** Tells the peer how much all streams together may have on the way. */
    void openConnection() throws Http2Exception {
        var windows = link.connection().local().flowController();
        var connection = link.connection().connectionStream();
        windows.incrementWindowSize(connection, CONNECTION - windows.windowSize(connection));
    }

    void widen() {
        if (!wide) {
            wide = true;
            tell(width(http, narrow));
        }
    }

    /** So many bytes more wait here, or less. */
    void waits(int bytes) {
        waiting += bytes;
        if (bytes < 0) {
            taken -= bytes;
        }
        if (wide && waiting > MUCH) {
            wide = false;
            narrowed = true;
            narrowedAt = http.readClock();
            taken = 0;
            tell(narrow);
        } else if (narrowed
                && !wide
                && waiting <= LITTLE
                && link.context().channel().isActive()) {
            wide = true;
            tell(window(taken, http.readClock() - narrowedAt, narrow, width(http, narrow)));
        }
    }

    /** As much as is taken in a second, within bounds: so much waits for no longer, and goes as fast over any way shorter than that. */
    static int window(long taken, long nanos, int narrow, int widest) {
        double perSecond = taken * (double) TimeUnit.SECONDS.toNanos(1) / Math.max(1, nanos);
        return (int) Math.max(narrow, Math.min(widest, perSecond));
    }

    /** A stream begins: windows that were narrowed may be wide again, if nothing waits any more. */
    void streamBegins() {
        if (narrowed && waiting == 0 && http.readClock() - narrowedAt >= PAUSE_NANOS) {
            narrowed = false;
            wide = true;
            tell(width(http, narrow));
        }
    }

    /** What waits in all streams, in bytes. */
    long waiting() {
        return waiting;
    }

    private void tell(int window) {
        link.encoder()
                .writeSettings(
                        link.context(),
                        new Http2Settings().initialWindowSize(window),
                        link.context().newPromise());
        link.flushLater();
    }
}
