package dev.slb.forwarder.health;

import dev.slb.plan.Health;

/**
 * From results of checks to a verdict (classic SLB). There is none until the first success, which admits, or
 * until {@code unhealthyThreshold} failures in a row. A server that was admitted flips to abnormal after
 * {@code unhealthyThreshold} failures in a row, and back after {@code healthyThreshold} successes in a row.
 */
final class HealthState {

    private final int healthyThreshold;
    private final int unhealthyThreshold;
    private Health verdict = Health.UNAVAILABLE;
    private boolean admitted;
    private int successes;
    private int failures;

    HealthState(int healthyThreshold, int unhealthyThreshold) {
        this.healthyThreshold = healthyThreshold;
        this.unhealthyThreshold = unhealthyThreshold;
    }

    Health verdict() {
        return verdict;
    }

    /** Takes the result of one check. */
    Health success() {
        failures = 0;
        successes++;
        if (!admitted || successes >= healthyThreshold) {
            admitted = true;
            verdict = Health.NORMAL;
        }
        return verdict;
    }

    /** Takes the result of one check. */
    Health failure() {
        successes = 0;
        failures++;
        if (failures >= unhealthyThreshold) {
            verdict = Health.ABNORMAL;
        }
        return verdict;
    }
}
