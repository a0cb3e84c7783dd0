package dev.slb.forwarder.accesslog;

import java.io.Closeable;
import java.io.IOException;

/** Where lines go. Called by the writer thread alone, and may block it. */
interface LineSink extends Closeable {

    /** @param lines whole lines, in {@code [0, length)} */
    void write(byte[] lines, int length) throws IOException;

    /** Opens the file anew: somebody may have moved the old one away. */
    void reopen() throws IOException;
}
