package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Quantity;

import java.util.Map;

/** The schema of resource requirements: the Kubernetes type carries no bounds. */
record ResourcesSchema(
        @JsonPropertyDescription("The most that the container may use. At most 16.") @Size(max = 16)
        Map<String, Quantity> limits,

        @JsonPropertyDescription("What the container is given in any case. At most 16.") @Size(max = 16)
        Map<String, Quantity> requests) {}
