package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.SchemaFrom;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Condition;

import java.util.List;

/** What was seen of a MasterSlaveGroup. */
@ApiValue
public record MasterSlaveGroupStatus(
        @JsonPropertyDescription("Generation of the spec that this status is about.") @Min(0)
        Long observedGeneration,

        @JsonPropertyDescription("Conditions: Accepted, ResolvedRefs, Programmed and Ready; Reconciling and Stalled "
                + "only while true. At most 16.")
        @Size(max = 16)
        @SchemaFrom(type = ConditionSchema[].class)
        List<Condition> conditions,

        @JsonPropertyDescription("Server that gets new connections: Master, Slave or None.")
        ActiveRole active,

        @JsonPropertyDescription("The master.") RoleStatus master,
        @JsonPropertyDescription("The slave.") RoleStatus slave)
        implements ApiStatus {
    public MasterSlaveGroupStatus {
        conditions = Absent.list(conditions);
    }
}
