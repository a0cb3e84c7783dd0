package dev.slb.plan;

import java.util.List;

/**
 * When a server gets nothing new for a while, as traffic itself has found it dead. Whether it is probed is another matter.
 *
 * @param failures in a row, at least 1
 * @param pauseMillis for so long after the last of them, positive; the next good check ends it sooner
 */
public record PassivePlan(boolean enabled, int failures, long pauseMillis) {

    /** What an absent one means. */
    public static final PassivePlan DEFAULT = new PassivePlan(true, 3, 10_000);

    /** @param plan null stands for {@link #DEFAULT} */
    public static PassivePlan orDefault(PassivePlan plan) {
        return plan == null ? DEFAULT : plan;
    }

    List<String> validate() {
        return new Problems()
                .require(failures >= 1, "failures", "must be at least 1")
                .require(pauseMillis > 0, "pauseMillis", "must be positive")
                .list();
    }
}
