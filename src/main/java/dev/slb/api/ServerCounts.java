package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;

/** How many servers there are, by health. */
@ApiValue
public record ServerCounts(
        @JsonPropertyDescription("Number of servers.") @Min(0) @Max(1000000)
        Integer total,

        @JsonPropertyDescription("Servers that take traffic.") @Min(0) @Max(1000000)
        Integer normal,

        @JsonPropertyDescription("Servers that fail their health check.") @Min(0) @Max(1000000)
        Integer abnormal,

        @JsonPropertyDescription("Servers without a verdict yet.") @Min(0) @Max(1000000)
        Integer unavailable) {}
