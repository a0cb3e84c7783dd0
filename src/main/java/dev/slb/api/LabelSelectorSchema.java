package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

import java.util.List;
import java.util.Map;

/** The schema of a label selector: the Kubernetes type carries no bounds. */
record LabelSelectorSchema(
        @JsonPropertyDescription("Labels that a pod must carry, all of them. At most 32.") @Size(max = 32)
        Map<String, @Size(max = 63) String> matchLabels,

        @JsonPropertyDescription("Requirements that the labels of a pod must meet, all of them. At most 16.")
        @Size(max = 16)
        List<LabelSelectorSchema.Requirement> matchExpressions) {

    @ValidationRule(
            value = "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
            message = "In and NotIn need values, Exists and DoesNotExist go without",
            fieldPath = ".values")
    record Requirement(
            @JsonPropertyDescription("Key of the label. At most 317 characters.") @Required @Size(min = 1, max = 317)
            String key,

            @JsonPropertyDescription("In, NotIn, Exists or DoesNotExist.") @Required
            Operator operator,

            @JsonPropertyDescription("Values for In and NotIn. At most 32.") @Size(max = 32)
            List<@Size(max = 63) String> values) {}

    enum Operator {
        In,
        NotIn,
        Exists,
        DoesNotExist
    }
}
