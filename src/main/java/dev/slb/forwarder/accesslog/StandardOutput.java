package dev.slb.forwarder.accesslog;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;

/** The process's standard output, which stays open. */
final class StandardOutput implements LineSink {

    // Not System.out: that has a lock and a buffer of its own.
    private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);

    @Override
    public void write(byte[] lines, int length) throws IOException {
        out.write(lines, 0, length);
    }

    @Override
    public void reopen() {
        // Whoever reads it sees to that.
    }

    @Override
    public void close() {
        // Others write to it too.
    }
}
