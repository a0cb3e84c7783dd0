package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;

/** Where the forwarders of a LoadBalancer run. */
@TolerantEnum
public enum Placement {
    /** The shared forwarders beside the operator. */
    Sidecar,
    /** A Deployment of its own. */
    Dedicated,
    /** A value that this version does not know. */
    @JsonIgnore
    Unknown
}
