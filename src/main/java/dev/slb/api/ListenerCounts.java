package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;

/** How many listeners there are, and how many are ready. */
@ApiValue
public record ListenerCounts(
        @JsonPropertyDescription("Number of listeners.") @Min(0) @Max(1000000)
        Integer total,

        @JsonPropertyDescription("Listeners that are ready.") @Min(0) @Max(1000000)
        Integer ready) {}
