package dev.slb.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Sends text in pieces. */
public final class Packets {

    private Packets() {}

    /** Sends a text in two pieces, if it is longer than the first. */
    public static void sendCut(OutputStream out, String text, int at) throws IOException {
        int cut = Math.min(at, text.length());
        out.write(text.substring(0, cut).getBytes(StandardCharsets.ISO_8859_1));
        settle();
        out.write(text.substring(cut).getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Makes it likely that what was sent is read by itself. Nothing depends on it. */
    public static void settle() throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(1);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
