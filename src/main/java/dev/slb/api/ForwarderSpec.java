package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.SchemaFrom;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Toleration;

import java.util.List;
import java.util.Map;

/** Where and how the forwarders of a LoadBalancer run. */
@ValidationRule(
        value = "self.placement == 'Dedicated' || !has(self.replicas)",
        message = "replicas needs placement Dedicated",
        fieldPath = ".replicas")
@ValidationRule(
        value = "self.placement == 'Dedicated' || !has(self.hostNetwork) || !self.hostNetwork",
        message = "hostNetwork needs placement Dedicated",
        fieldPath = ".hostNetwork")
@ValidationRule(
        value = "self.placement == 'Dedicated' || !has(self.resources) || "
                + "(!has(self.resources.limits) && !has(self.resources.requests))",
        message = "resources needs placement Dedicated",
        fieldPath = ".resources")
@ValidationRule(
        value = "self.placement == 'Dedicated' || !has(self.nodeSelector) || size(self.nodeSelector) == 0",
        message = "nodeSelector needs placement Dedicated",
        fieldPath = ".nodeSelector")
@ValidationRule(
        value = "self.placement == 'Dedicated' || !has(self.tolerations) || size(self.tolerations) == 0",
        message = "tolerations needs placement Dedicated",
        fieldPath = ".tolerations")
@ApiValue
public record ForwarderSpec(
        @JsonPropertyDescription("Sidecar (default): the shared forwarders beside the operator. Dedicated: a "
                + "Deployment of its own, which the other fields describe.")
        @Default("Sidecar")
        Placement placement,

        @JsonPropertyDescription("Dedicated: number of forwarders, 1 to 100. Default 2.") @Min(1) @Max(100)
        Integer replicas,

        @JsonPropertyDescription("Dedicated: resources of the forwarder container.")
        @SchemaFrom(type = ResourcesSchema.class)
        ResourceRequirements resources,

        @JsonPropertyDescription("Dedicated: labels of the nodes that may run the forwarders. At most 32.")
        @Size(max = 32)
        Map<String, @Size(max = 63) String> nodeSelector,

        @JsonPropertyDescription("Dedicated: taints of nodes that the forwarders tolerate. At most 32.")
        @Size(max = 32)
        @SchemaFrom(type = TolerationSchema[].class)
        List<Toleration> tolerations,

        @JsonPropertyDescription(
                "Dedicated: the forwarders bind the listeners' own ports on their nodes. Default false.")
        Boolean hostNetwork) {
    /** What an absent object means. */
    public static final ForwarderSpec DEFAULT = new ForwarderSpec(Placement.Sidecar, null, null, null, null, null);

    public ForwarderSpec {
        nodeSelector = Absent.map(nodeSelector);
        tolerations = Absent.list(tolerations);
    }
}
