package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.SchemaFrom;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Condition;

import java.util.List;

/** What was seen of a VServerGroup. */
@ApiValue
public record VServerGroupStatus(
        @JsonPropertyDescription("Generation of the spec that this status is about.") @Min(0)
        Long observedGeneration,

        @JsonPropertyDescription("Conditions: Accepted, ResolvedRefs, Programmed and Ready, and Balanced: does "
                + "traffic follow the weights; Reconciling and Stalled only while true. At most 16.")
        @Size(max = 16)
        @SchemaFrom(type = ConditionSchema[].class)
        List<Condition> conditions,

        @JsonPropertyDescription("Servers of the group.") ServerCounts summary,

        @JsonPropertyDescription("Servers one by one, sorted. At most 200.") @Size(max = 200)
        List<ServerStatus> servers)
        implements ApiStatus {
    public VServerGroupStatus {
        conditions = Absent.list(conditions);
        servers = Absent.list(servers);
    }
}
