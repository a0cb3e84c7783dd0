package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;

/** What a list of source addresses means. */
@TolerantEnum
public enum AccessPolicy {
    /** Only listed sources pass; an empty list lets nobody in. */
    Allow,
    /** Listed sources are refused. */
    Deny,
    /** A value that this version does not know. */
    @JsonIgnore
    Unknown
}
