package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;

/** A TLS version of a custom policy. */
@TolerantEnum
public enum TlsVersion {
    @JsonProperty("TLSv1.0")
    TLSv1_0,
    @JsonProperty("TLSv1.1")
    TLSv1_1,
    @JsonProperty("TLSv1.2")
    TLSv1_2,
    @JsonProperty("TLSv1.3")
    TLSv1_3,
    /** A value that this version does not know. */
    @JsonIgnore
    Unknown
}
