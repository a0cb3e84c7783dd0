package dev.slb.operator;

import java.time.Duration;

/**
 * The Lease that says which replica writes.
 *
 * @param identity of this replica, unique among them
 * @param duration how long others wait for a holder that does not renew; whole seconds
 * @param renewDeadline a holder that could not renew for so long stops writing; shorter than the duration
 * @param retryPeriod how often it is renewed or tried for
 */
public record LeaseOptions(
        String namespace,
        String name,
        String identity,
        Duration duration,
        Duration renewDeadline,
        Duration retryPeriod) {

    public LeaseOptions {
        if (renewDeadline.compareTo(duration) >= 0) {
            throw new IllegalArgumentException("the renew deadline must be shorter than the lease");
        }
    }
}
