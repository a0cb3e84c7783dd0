package dev.slb.distribution;

/**
 * What is wanted of a group.
 *
 * @param group its name, as {@code kind/namespace/name}; null for weights that were given by hand
 * @param weights null: not known
 * @param scheduler of the listeners that use it, null when not known
 * @param persistent whether one of them has session persistence
 */
record Policy(String group, Weights weights, String scheduler, boolean persistent) {

    static final Policy UNKNOWN = new Policy(null, null, null, false);

    Policy with(Weights others) {
        return new Policy(group, others, scheduler, persistent);
    }
}
