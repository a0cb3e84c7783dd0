package dev.slb.distribution;

/**
 * One request or connection, as a log has it.
 *
 * @param group what was balanced over, as far as the log says: HAProxy's backend, our LoadBalancer and port; else empty
 * @param server who served it, after retries the last; null when no server was asked
 * @param client address, or null when the log has none
 * @param port of the client, or -1
 * @param time in milliseconds since 1970, or {@link #NO_TIME}
 */
record Hit(String group, String server, String client, int port, long time) {

    static final long NO_TIME = Long.MIN_VALUE;

    Hit withServer(String other) {
        return new Hit(group, other, client, port, time);
    }
}
