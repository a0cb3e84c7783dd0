package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;

/** How a client is recognised when it comes back. */
@TolerantEnum
public enum PersistenceType {
    SourceIP,
    CookieInsert,
    CookieRewrite,
    /** A value that this version does not know. */
    @JsonIgnore
    Unknown
}
