package dev.slb.forwarder.accesslog;

import java.nio.file.Path;

/**
 * Where the access log of a process goes.
 *
 * @param file null: standard output
 * @param maxFileBytes the file is rotated before it grows over it; 0: never
 * @param keptFiles how many rotated files stay, 0..1000
 * @param bufferBytes per event loop, a power of two; lines that find no room are dropped and counted
 */
public record AccessLogOptions(Path file, long maxFileBytes, int keptFiles, int bufferBytes) {

    public static final long DEFAULT_MAX_FILE_BYTES = 100 << 20;
    public static final int DEFAULT_KEPT_FILES = 5;
    /** Two thousand lines of a usual length. */
    public static final int DEFAULT_BUFFER_BYTES = 1 << 20;

    public AccessLogOptions {
        if (maxFileBytes < 0) {
            throw new IllegalArgumentException("maxFileBytes: is negative");
        }
        if (keptFiles < 0 || keptFiles > 1000) {
            throw new IllegalArgumentException("keptFiles: must be 0..1000");
        }
        if (bufferBytes < 1 || Integer.bitCount(bufferBytes) != 1) {
            throw new IllegalArgumentException("bufferBytes: must be a power of two");
        }
    }

    public static AccessLogOptions standardOutput() {
        return new AccessLogOptions(null, 0, 0, DEFAULT_BUFFER_BYTES);
    }

    public static AccessLogOptions file(Path file) {
        return new AccessLogOptions(file, DEFAULT_MAX_FILE_BYTES, DEFAULT_KEPT_FILES, DEFAULT_BUFFER_BYTES);
    }
}
