package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;

/** The health of a server: the worst that any forwarder and check says. */
@TolerantEnum
public enum ServerHealth {
    Normal,
    Abnormal,
    /** No verdict yet. */
    Unavailable,
    /** Not probed: checks are off, or the slave of a MasterSlaveGroup. */
    Unchecked,
    /** A value that this version does not know. */
    @JsonIgnore
    Unknown
}
