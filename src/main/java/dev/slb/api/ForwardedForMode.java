package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;

/** What happens to the X-Forwarded-For header. */
@TolerantEnum
public enum ForwardedForMode {
    Append,
    Replace,
    None,
    /** A value that this version does not know. */
    @JsonIgnore
    Unknown
}
