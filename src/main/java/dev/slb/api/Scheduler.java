package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;

/** How a listener chooses a server. */
@TolerantEnum
public enum Scheduler {
    /** Weighted round robin. */
    WRR,
    /** Round robin: ignores weights other than 0. */
    RR,
    /** Weighted least connections. */
    WLC,
    /** Consistent hash of the source address; layer 4. */
    SCH,
    /** Consistent hash of both addresses and ports; layer 4. */
    TCH,
    /** Consistent hash of the QUIC connection id; UDP. */
    QCH,
    /** A value that this version does not know. */
    @JsonIgnore
    Unknown
}
