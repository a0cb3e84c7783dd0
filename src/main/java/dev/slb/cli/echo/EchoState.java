package dev.slb.cli.echo;

import java.util.Locale;

/** How an {@link EchoServer} behaves. All but {@link #SERVING} and {@link #UNREADY} are what health checks must notice. */
public enum EchoState {
    /** Answers everything. */
    SERVING,
    /** Answers everything, but 503 to its readiness probe: Kubernetes takes the pod out of service. */
    UNREADY,
    /** Like a crashed process: nothing listens on its ports, and its connections were reset. */
    REFUSE,
    /** Like a stuck process: connections are accepted, nothing is read or answered. */
    HANG,
    /** Every request is answered 503. */
    ERROR;

    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException when no state is called so */
    public static EchoState of(String text) {
        for (EchoState state : values()) {
            if (state.text().equals(text)) {
                return state;
            }
        }
        throw new IllegalArgumentException("no such state: " + text);
    }
}
