package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.SchemaFrom;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Condition;

import java.util.List;

/** What was seen of a listener. */
@ApiValue
public record ListenerStatus(
        @JsonPropertyDescription("Generation of the spec that this status is about.") @Min(0)
        Long observedGeneration,

        @JsonPropertyDescription("Conditions: Accepted, ResolvedRefs, Programmed and Ready; Reconciling and Stalled "
                + "only while true. At most 16.")
        @Size(max = 16)
        @SchemaFrom(type = ConditionSchema[].class)
        List<Condition> conditions,

        @JsonPropertyDescription("Port that the forwarders bind and the Service targets. Equal to port in files mode "
                + "and with hostNetwork.")
        @Min(0)
        @Max(65535)
        Integer bindPort,

        @JsonPropertyDescription("Seconds until a dead server gets no more traffic, at worst: timeout x "
                + "unhealthyThreshold + interval x (unhealthyThreshold - 1).")
        @Min(0)
        @Max(1000000)
        Integer worstCaseFailoverSeconds,

        @JsonPropertyDescription("Servers that this listener can choose.")
        ServerCounts servers)
        implements ApiStatus {
    public ListenerStatus {
        conditions = Absent.list(conditions);
    }
}
