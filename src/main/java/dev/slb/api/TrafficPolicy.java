package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;

/** How nodes treat traffic from outside. */
@TolerantEnum
public enum TrafficPolicy {
    /** Only nodes with a forwarder answer: keeps client addresses. */
    Local,
    Cluster,
    /** A value that this version does not know. */
    @JsonIgnore
    Unknown
}
