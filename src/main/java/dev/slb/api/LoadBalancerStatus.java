package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.SchemaFrom;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Condition;

import java.util.List;

/** What was seen of a LoadBalancer. */
@ApiValue
public record LoadBalancerStatus(
        @JsonPropertyDescription("Generation of the spec that this status is about.") @Min(0)
        Long observedGeneration,

        @JsonPropertyDescription("Conditions: Accepted, ResolvedRefs, Programmed and Ready; Reconciling and Stalled "
                + "only while true. At most 16.")
        @Size(max = 16)
        @SchemaFrom(type = ConditionSchema[].class)
        List<Condition> conditions,

        @JsonPropertyDescription("Addresses at which clients reach the LoadBalancer. At most 16.") @Size(max = 16)
        List<LoadBalancerAddress> addresses,

        @JsonPropertyDescription("Listeners of this LoadBalancer.")
        ListenerCounts listeners,

        @JsonPropertyDescription("Distinct servers of this LoadBalancer.")
        ServerCounts servers,

        @JsonPropertyDescription("Forwarders of this LoadBalancer.")
        ForwarderCounts forwarders)
        implements ApiStatus {
    public LoadBalancerStatus {
        conditions = Absent.list(conditions);
        addresses = Absent.list(addresses);
    }
}
