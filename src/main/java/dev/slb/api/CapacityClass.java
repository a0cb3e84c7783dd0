package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;

/** The specifications of SLB instances, with their numbers (reference section 11). */
@TolerantEnum
public enum CapacityClass {
    @JsonProperty("slb.s1.small")
    S1_SMALL(5_000, 3_000, 1_000),
    @JsonProperty("slb.s2.small")
    S2_SMALL(50_000, 5_000, 5_000),
    @JsonProperty("slb.s2.medium")
    S2_MEDIUM(100_000, 10_000, 10_000),
    @JsonProperty("slb.s3.small")
    S3_SMALL(200_000, 20_000, 20_000),
    @JsonProperty("slb.s3.medium")
    S3_MEDIUM(500_000, 50_000, 30_000),
    @JsonProperty("slb.s3.large")
    S3_LARGE(1_000_000, 100_000, 50_000),
    @JsonProperty("slb.s3.xlarge")
    S3_XLARGE(2_000_000, 200_000, 100_000),
    @JsonProperty("slb.s3.xxlarge")
    S3_XXLARGE(5_000_000, 500_000, 100_000),
    /** A value that this version does not know; it has no limits. */
    @JsonIgnore
    Unknown(0, 0, 0);

    private final int maxConnections;
    private final int connectionsPerSecond;
    private final int requestsPerSecond;

    CapacityClass(int maxConnections, int connectionsPerSecond, int requestsPerSecond) {
        this.maxConnections = maxConnections;
        this.connectionsPerSecond = connectionsPerSecond;
        this.requestsPerSecond = requestsPerSecond;
    }

    /** Connections that may be open at once. */
    public int maxConnections() {
        return maxConnections;
    }

    /** New connections per second. */
    public int connectionsPerSecond() {
        return connectionsPerSecond;
    }

    /** Requests per second. */
    public int requestsPerSecond() {
        return requestsPerSecond;
    }
}
