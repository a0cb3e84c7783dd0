package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;

/** The schema of a toleration: the Kubernetes type carries no bounds. */
record TolerationSchema(
        @JsonPropertyDescription("Key of the taint. Empty: every key, with operator Exists. At most 317 characters.")
        @Size(max = 317)
        String key,

        @JsonPropertyDescription("Equal (default) or Exists.")
        TolerationSchema.Operator operator,

        @JsonPropertyDescription("Value of the taint, with operator Equal. At most 63 characters.") @Size(max = 63)
        String value,

        @JsonPropertyDescription("Effect of the taint. Absent: every effect.")
        TolerationSchema.Effect effect,

        @JsonPropertyDescription("Seconds that a NoExecute taint is tolerated. Absent: for ever.")
        Long tolerationSeconds) {
    enum Operator {
        Equal,
        Exists
    }

    enum Effect {
        NoSchedule,
        PreferNoSchedule,
        NoExecute
    }
}
