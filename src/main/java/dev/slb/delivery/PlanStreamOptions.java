package dev.slb.delivery;

import java.time.Duration;

/**
 * What both ends of a plan stream must agree on in kind, if not in value.
 *
 * @param heartbeat how often each side says that it lives
 * @param deadAfter how long a silent peer counts as alive; several heartbeats
 * @param backoff wait after the first failure to connect; doubles with each, up to maxBackoff
 * @param maxLineBytes longest line; a document that doesn't fit is not sent, a peer that sends a longer one is cut off
 */
public record PlanStreamOptions(
        Duration heartbeat, Duration deadAfter, Duration backoff, Duration maxBackoff, int maxLineBytes) {

    public static PlanStreamOptions defaults() {
        return new PlanStreamOptions(
                Duration.ofSeconds(5), Duration.ofSeconds(20), Duration.ofMillis(100), Duration.ofSeconds(5), 16 << 20);
    }
}
