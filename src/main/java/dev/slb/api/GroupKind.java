package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;

/** The kinds of server groups that a listener can name. */
@TolerantEnum
public enum GroupKind {
    VServerGroup,
    MasterSlaveGroup,
    /** A value that this version does not know. */
    @JsonIgnore
    Unknown
}
