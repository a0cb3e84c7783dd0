package dev.slb.plan;

/** How a server of a group is chosen. */
public enum SchedulerType {
    /** Weighted round robin, smooth. */
    WRR,
    /** Round robin: ignores weights, 0 excepted. */
    RR
}
