package dev.slb.plan;

/** How a server of a group is chosen (reference, section 2). */
public enum SchedulerType {
    /** Weighted round robin, smooth. */
    WRR,
    /** Round robin: ignores weights, 0 excepted. */
    RR,
    /** Weighted least connections: fewest live connections (layer 7: requests) for its weight. */
    WLC,
    /** Consistent hash of the source address; layer 4. */
    SCH,
    /** Consistent hash of both addresses and ports; layer 4. */
    TCH,
    /** Consistent hash of the QUIC connection id; UDP. */
    QCH
}
