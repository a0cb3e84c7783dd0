package dev.slb.plan;

/** What a probe does. */
public enum ProbeType {
    TCP,
    HTTP,
    UDP,
    GRPC
}
