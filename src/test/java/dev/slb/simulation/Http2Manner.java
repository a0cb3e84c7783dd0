package dev.slb.simulation;

import java.util.function.Consumer;

/**
 * In which way a peer speaks HTTP/2, whatever it says.
 *
 * @param window that it grants to each stream, in bytes
 * @param laterWindow that it grants once the first request has come or gone; 0: as before
 * @param slowMillis after which it gives back what was taken of its windows
 * @param streams how many it lets be open at once; 0: any number
 * @param frameBytes of data at most in one frame
 * @param fieldBytes in one frame of fields, the rest follows in others; 0: all in one
 * @param padding of frames in bytes, 0 to 255; 0: none
 * @param pings whether it pings
 * @param cancels a client gives up each so many-th of its requests; 0: none
 * @param cancelMillis when it does, from when it was sent
 */
record Http2Manner(
        int window,
        int laterWindow,
        long slowMillis,
        int streams,
        int frameBytes,
        int fieldBytes,
        int padding,
        boolean pings,
        int cancels,
        long cancelMillis) {

    /** Nothing that is not as most do it. */
    static final Http2Manner PLAIN = new Http2Manner(65_535, 0, 0, 0, 16_384, 0, 0, false, 0, 0);

    /** Whether a body that is sent to it comes through before somebody's patience ends. */
    boolean isQuick() {
        return slowMillis == 0 && Math.min(window, laterWindow == 0 ? window : laterWindow) >= 16_384;
    }

    /** Each that is a step simpler. */
    void simpler(Consumer<Http2Manner> candidate) {
        Records.towards(PLAIN, this, candidate);
    }

    boolean cancels(int which) {
        return cancels > 0 && which % cancels == cancels - 1;
    }

    @Override
    public String toString() {
        if (equals(PLAIN)) {
            return "plain";
        }
        StringBuilder text = new StringBuilder("window " + window);
        text.append(laterWindow > 0 ? ", later " + laterWindow : "");
        text.append(slowMillis > 0 ? ", given back after " + slowMillis + " ms" : "");
        text.append(streams > 0 ? ", " + streams + " streams" : "");
        text.append(", frames of ").append(frameBytes);
        text.append(fieldBytes > 0 ? ", fields in frames of " + fieldBytes : "");
        text.append(padding > 0 ? ", padded by " + padding : "");
        text.append(pings ? ", pings" : "");
        text.append(cancels > 0 ? ", gives up each " + cancels + ". after " + cancelMillis + " ms" : "");
        return text.toString();
    }
}
