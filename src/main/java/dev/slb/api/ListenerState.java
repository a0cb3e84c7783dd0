package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;

/** Whether a listener serves. */
@TolerantEnum
public enum ListenerState {
    Running,
    Stopped,
    /** A value that this version does not know. */
    @JsonIgnore
    Unknown
}
