package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;

/** The type of the Service that exposes a LoadBalancer. */
@TolerantEnum
public enum ServiceType {
    LoadBalancer,
    NodePort,
    ClusterIP,
    /** A value that this version does not know. */
    @JsonIgnore
    Unknown
}
