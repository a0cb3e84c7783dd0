package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

import java.util.List;

/** What is wanted of a VServerGroup. */
@ApiValue
public record VServerGroupSpec(
        @JsonPropertyDescription("LoadBalancer of the same namespace that this belongs to. Immutable.")
        @Required
        @ValidationRule(
                value = "self == oldSelf",
                message = "loadBalancerRef is immutable: delete the object and create it again")
        ObjectRef loadBalancerRef,

        @JsonPropertyDescription("Entries of the group. 0 to 200.") @Size(max = 200)
        List<GroupServer> servers,

        @JsonPropertyDescription("Seconds over which a server that joins grows to its full weight (WRR and WLC). 0 to "
                + "900. Default 0: at once.")
        @Default("0")
        @Min(0)
        @Max(900)
        Integer slowStartSeconds) {
    public VServerGroupSpec {
        servers = Absent.list(servers);
    }
}
