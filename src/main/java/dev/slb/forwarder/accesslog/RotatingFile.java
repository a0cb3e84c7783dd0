package dev.slb.forwarder.accesslog;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that is renamed to {@code name.1}, and that to {@code name.2} and so on, before it grows over its limit. Lines
 * are never torn between two files; a line longer than the limit has a file of its own.
 */
final class RotatingFile implements LineSink {

    private static final Logger LOG = LoggerFactory.getLogger(RotatingFile.class);

    private final Path path;
    private final long maxBytes;
    private final int keep;
    private FileChannel channel;
    private long size;
    private long limit;

    /**
     * @param maxBytes 0: never rotated here, an outside tool does it
     * @param keep how many old files stay
     */
    RotatingFile(Path path, long maxBytes, int keep) throws IOException {
        this.path = path;
        this.maxBytes = maxBytes == 0 ? Long.MAX_VALUE : maxBytes;
        this.keep = keep;
        open();
    }

    private void open() throws IOException {
        channel =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
        size = channel.size();
        limit = maxBytes;
    }

    @Override
    public void write(byte[] lines, int length) throws IOException {
        for (int start = 0; start < length; ) {
            if (channel == null) {
                open();
            }
            int end = fitting(lines, start, length);
            if (end == start) {
                rotate(length - start);
                continue;
            }
            append(ByteBuffer.wrap(lines, start, end - start));
            start = end;
        }
    }

    /** The end of the last line that fits into this file, {@code start} when it has to be rotated first. */
    private int fitting(byte[] lines, int start, int length) {
        long room = limit - size;
        if (length - start <= room) {
            return length;
        }
        int end = start;
        for (int i = start; i < length && (i < start + room || size == 0 && end == start); i++) {
            if (lines[i] == '\n') {
                end = i + 1;
            }
        }
        return end;
    }

    private void append(ByteBuffer lines) throws IOException {
        int count = lines.remaining();
        try {
            while (lines.hasRemaining()) {
                channel.write(lines);
            }
            size += count;
        } catch (IOException e) {
            // What was written of a line must not stand in front of the next one.
            try {
                channel.truncate(size);
            } catch (IOException truncating) {
                e.addSuppressed(truncating);
            }
            throw e;
        }
    }

    /** @param pending how many bytes wait to be written */
    private void rotate(int pending) throws IOException {
        close();
        try {
            for (int i = keep - 1; i >= 1; i--) {
                if (Files.exists(numbered(i))) {
                    move(numbered(i), numbered(i + 1));
                }
            }
            if (keep == 0) {
                Files.deleteIfExists(path);
            } else {
                move(path, numbered(1));
            }
            open();
        } catch (IOException e) {
            // A file that is too large is better than no log. Tried again when it has grown as much again.
            LOG.warn("cannot rotate {}: {}", path, e.toString());
            open();
            limit = size + Math.max(maxBytes, pending);
        }
    }

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }

    private Path numbered(int number) {
        return path.resolveSibling(path.getFileName() + "." + number);
    }

    @Override
    public void reopen() throws IOException {
        close();
        open();
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            FileChannel open = channel;
            channel = null;
            open.close();
        }
    }
}
