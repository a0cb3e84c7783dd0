package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;

/** How many forwarders there are, and how many serve the present version. */
@ApiValue
public record ForwarderCounts(
        @JsonPropertyDescription("Number of forwarders.") @Min(0) @Max(1000000)
        Integer total,

        @JsonPropertyDescription("Forwarders that serve the present version.") @Min(0) @Max(1000000)
        Integer programmed) {}
