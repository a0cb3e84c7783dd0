package dev.slb.plan;

/** What a probe does. */
public enum HealthCheckType {
    TCP,
    HTTP,
    UDP,
    GRPC
}
