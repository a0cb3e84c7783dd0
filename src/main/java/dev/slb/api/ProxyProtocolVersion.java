package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;

/** Which PROXY protocol header is sent to servers. */
@TolerantEnum
public enum ProxyProtocolVersion {
    None,
    V1,
    V2,
    /** A value that this version does not know. */
    @JsonIgnore
    Unknown
}
