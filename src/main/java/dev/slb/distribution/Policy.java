package dev.slb.distribution;

import dev.slb.plan.SchedulerType;

/**
 * What is wanted of a group.
 *
 * @param group its name, as {@code kind/namespace/name}; null for weights that were given by hand
 * @param weights null: not known
 * @param scheduler of the listeners that use it, null when not known
 * @param persistent whether one of them has session persistence
 */
record Policy(String group, Weights weights, SchedulerType scheduler, boolean persistent) {

    static final Policy UNKNOWN = new Policy(null, null, null, false);

    boolean ignoresWeights() {
        return scheduler != null && scheduler.ignoresWeights();
    }

    boolean countsLoad() {
        return scheduler != null && scheduler.countsLoad();
    }

    boolean hashes() {
        return scheduler != null && scheduler.hashes();
    }

    Policy with(Weights others) {
        return new Policy(group, others, scheduler, persistent);
    }
}
