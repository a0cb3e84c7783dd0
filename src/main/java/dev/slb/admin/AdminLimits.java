package dev.slb.admin;

import java.time.Duration;

/**
 * What an admin port bears.
 *
 * @param connections in all, but for those of the reserve; at least 1
 * @param connectionsOfSource from one address; at least 1
 * @param reserve further connections, for probes only
 * @param polls requests that are held until there is something to tell, in all
 * @param pollsOfSource the same from one address
 * @param unreadBytes of answers that clients have not taken, those that several share counted once; one answer is always allowed
 * @param head from the first byte of a request, or from the begin of a connection, to the end of its head
 * @param idle between two requests
 * @param answer from the first byte of an answer to the last
 */
public record AdminLimits(
        int connections,
        int connectionsOfSource,
        int reserve,
        int polls,
        int pollsOfSource,
        long unreadBytes,
        Duration head,
        Duration idle,
        Duration answer) {

    /** For a process whose readers are a kubelet, some operators and some monitoring. */
    public static final AdminLimits DEFAULT = new AdminLimits(
            256, 64, 32, 64, 16, 32 << 20, Duration.ofSeconds(10), Duration.ofSeconds(90), Duration.ofSeconds(30));
}
