package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;

/** Which server of a MasterSlaveGroup gets new connections. */
@TolerantEnum
public enum ActiveRole {
    Master,
    Slave,
    None,
    /** A value that this version does not know. */
    @JsonIgnore
    Unknown
}
