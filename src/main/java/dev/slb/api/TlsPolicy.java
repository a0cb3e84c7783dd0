package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;

/** Named sets of TLS versions and cipher suites. */
@TolerantEnum
public enum TlsPolicy {
    TLS10,
    TLS11,
    TLS12,
    TLS12Strict,
    TLS12Strict13,
    Custom,
    /** A value that this version does not know. */
    @JsonIgnore
    Unknown
}
