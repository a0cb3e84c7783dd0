package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;

/** What a listener speaks with its clients. */
@TolerantEnum
public enum Protocol {
    TCP,
    UDP,
    HTTP,
    HTTPS,
    /** A value that this version does not know. */
    @JsonIgnore
    Unknown;

    /** Whether listeners of this protocol understand requests: HTTP and HTTPS. */
    public boolean isLayer7() {
        return this == HTTP || this == HTTPS;
    }
}
