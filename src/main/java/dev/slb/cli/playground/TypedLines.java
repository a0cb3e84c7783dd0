package dev.slb.cli.playground;

import dev.slb.base.Threads;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Lines that a person types, without waiting for them. */
public final class TypedLines {

    private static final Logger LOG = LoggerFactory.getLogger(TypedLines.class);

    private final Queue<String> lines = new ConcurrentLinkedQueue<>();

    public TypedLines(InputStream in) {
        Threads.daemon("typed-lines", () -> read(in)).start();
    }

    private void read(InputStream in) {
        try {
            BufferedReader reader = new BufferedReader(new InputStreamReader(in, Charset.defaultCharset()));
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line.trim());
            }
        } catch (IOException e) {
            LOG.debug("nothing more can be typed", e);
        }
    }

    /** The next line, or null when there is none. */
    public String poll() {
        return lines.poll();
    }
}
