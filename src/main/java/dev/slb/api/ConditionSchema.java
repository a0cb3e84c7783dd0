package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

import java.time.ZonedDateTime;

/** The schema of a condition: the Kubernetes type carries no bounds. */
record ConditionSchema(
        @JsonPropertyDescription("Type of the condition.")
        @Required
        @Size(min = 1, max = 316)
        @Pattern(Patterns.CONDITION_TYPE)
        String type,

        @JsonPropertyDescription("True, False or Unknown.") @Required
        ConditionSchema.Status status,

        @JsonPropertyDescription("Generation of the spec that the condition is about.") @Min(0)
        Long observedGeneration,

        @JsonPropertyDescription("When the status of the condition changed last.") @Required
        ZonedDateTime lastTransitionTime,

        @JsonPropertyDescription("Reason in CamelCase.")
        @Required
        @Size(min = 1, max = 1024)
        @Pattern(Patterns.CONDITION_REASON)
        String reason,

        @JsonPropertyDescription("Message for people. At most 32768 characters.") @Required @Size(max = 32768)
        String message) {
    enum Status {
        True,
        False,
        Unknown
    }
}
