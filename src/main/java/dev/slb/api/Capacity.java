package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.ValidationRule;

/** Limits of a LoadBalancer: a named specification, or the three numbers. */
@ValidationRule(
        value = "has(self.class) ? !has(self.maxConnections) && !has(self.connectionsPerSecond) && "
                + "!has(self.requestsPerSecond) : has(self.maxConnections) && "
                + "has(self.connectionsPerSecond) && has(self.requestsPerSecond)",
        message = "either class, or all of maxConnections, connectionsPerSecond and requestsPerSecond are needed")
@ApiValue
public record Capacity(
        @JsonProperty("class")
        @JsonPropertyDescription("Specification of SLB that stands for the three numbers. slb.s1.small: 5000 "
                + "connections, 3000 new connections/s, 1000 requests/s; s2.small: 50000, 5000, 5000; "
                + "s2.medium: 100000, 10000, 10000; s3.small: 200000, 20000, 20000; s3.medium: 500000, "
                + "50000, 30000; s3.large: 1000000, 100000, 50000; s3.xlarge: 2000000, 200000, 100000; "
                + "s3.xxlarge: 5000000, 500000, 100000.")
        CapacityClass specification,

        @JsonPropertyDescription("Connections that may be open at once. 1 to 10000000.") @Min(1) @Max(10000000)
        Integer maxConnections,

        @JsonPropertyDescription("New connections per second; more are dropped. 1 to 10000000.") @Min(1) @Max(10000000)
        Integer connectionsPerSecond,

        @JsonPropertyDescription("Requests per second on layer 7; connections with more are dropped. 1 to 10000000.")
        @Min(1)
        @Max(10000000)
        Integer requestsPerSecond) {}
