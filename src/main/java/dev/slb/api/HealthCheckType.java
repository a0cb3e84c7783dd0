package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;

/** How a server is probed. */
@TolerantEnum
public enum HealthCheckType {
    TCP,
    HTTP,
    UDP,
    GRPC,
    /** A value that this version does not know. */
    @JsonIgnore
    Unknown
}
