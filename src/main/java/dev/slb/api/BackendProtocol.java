package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;

/** What a layer-7 listener speaks with its servers. */
@TolerantEnum
public enum BackendProtocol {
    HTTP,
    HTTPS,
    H2C,
    GRPC,
    /** A value that this version does not know. */
    @JsonIgnore
    Unknown
}
