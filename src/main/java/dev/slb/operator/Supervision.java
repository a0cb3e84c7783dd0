package dev.slb.operator;

import java.nio.file.Path;

/**
 * What an operator has to know of the launcher that keeps it running, {@code slb supervise operator}.
 *
 * @param heartbeat file that gets new content every second while the operator gets on, null for none
 * @param restarts how often the launcher has started it again, 0 at first
 */
public record Supervision(Path heartbeat, int restarts) {

    /** An operator on its own. */
    public static final Supervision NONE = new Supervision(null, 0);

    /** As the launcher says it: {@code slb.heartbeat} and {@code slb.restarts}. */
    public static Supervision ofSystemProperties() {
        String heartbeat = System.getProperty("slb.heartbeat");
        return new Supervision(heartbeat == null ? null : Path.of(heartbeat), Integer.getInteger("slb.restarts", 0));
    }
}
