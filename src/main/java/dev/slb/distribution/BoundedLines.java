package dev.slb.distribution;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

/** The lines of a text, of a compressed one too. A line never takes more memory than the limit, however long it is. */
final class BoundedLines implements Closeable {

    private static final int LIMIT = 1 << 19;

    private final InputStream in;
    private byte[] buffer = new byte[1 << 16];
    private int start;
    private int end;

    BoundedLines(InputStream raw) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(raw, 1 << 16);
        buffered.mark(2);
        boolean gzip = buffered.read() == 0x1f && buffered.read() == 0x8b;
        buffered.reset();
        in = gzip ? new GZIPInputStream(buffered, 1 << 16) : buffered;
    }

    /** The next line without its end, only parts of it when it is over the limit; null at the end of the text. */
    String next() throws IOException {
        int searched = start;
        while (true) {
            for (int i = searched; i < end; i++) {
                if (buffer[i] == '\n') {
                    String line = text(i);
                    start = i + 1;
                    return line;
                }
            }
            searched = fill(end);
            if (searched < 0) {
                if (start == end) {
                    return null;
                }
                String line = text(end);
                start = end;
                return line;
            }
        }
    }

    private String text(int lineEnd) {
        int length = lineEnd - start;
        if (length > 0 && buffer[lineEnd - 1] == '\r') {
            length--;
        }
        return new String(buffer, start, length, StandardCharsets.UTF_8);
    }

    /** Reads more behind what is there, and gives where that begins, or -1 at the end of the text. */
    private int fill(int from) throws IOException {
        int kept = from - start;
        if (start > 0) {
            System.arraycopy(buffer, start, buffer, 0, kept);
            start = 0;
        } else if (kept >= LIMIT) {
            // Such a line is of no format; its middle goes.
            kept = LIMIT / 2;
        } else if (kept == buffer.length) {
            buffer = Arrays.copyOf(buffer, 2 * buffer.length);
        }
        int read = in.read(buffer, kept, buffer.length - kept);
        end = kept + Math.max(0, read);
        return read < 0 ? -1 : kept;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
