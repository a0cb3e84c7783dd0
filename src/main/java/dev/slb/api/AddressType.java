package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;

/** What the address of a LoadBalancer is. */
@TolerantEnum
public enum AddressType {
    IPAddress,
    Hostname,
    /** A value that this version does not know. */
    @JsonIgnore
    Unknown
}
