package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A reference to a server group in the same namespace. */
@ApiValue
public record GroupRef(
        @JsonPropertyDescription("Kind of the group. MasterSlaveGroup serves TCP and UDP listeners only.") @Required
        GroupKind kind,

        @JsonPropertyDescription("Name of the group. 1 to 253 characters.")
        @Required
        @Size(min = 1, max = 253)
        @Pattern(Patterns.OBJECT_NAME)
        String name) {}
