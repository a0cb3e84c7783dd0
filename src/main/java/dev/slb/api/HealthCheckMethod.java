package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;

/** The method of an HTTP probe. */
@TolerantEnum
public enum HealthCheckMethod {
    HEAD,
    GET,
    /** A value that this version does not know. */
    @JsonIgnore
    Unknown
}
