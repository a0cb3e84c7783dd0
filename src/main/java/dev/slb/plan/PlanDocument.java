package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

import java.util.List;

/**
 * One unit of delivery: everything that forwarders need to know of one object. Its version is the
 * hash of the text that says it, see {@link WrittenPlan}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = LoadBalancerPlan.class, name = "LoadBalancer"),
    @JsonSubTypes.Type(value = GroupPlan.class, name = "Group"),
    @JsonSubTypes.Type(value = ListenerPlan.class, name = "Listener")
})
public sealed interface PlanDocument permits LoadBalancerPlan, GroupPlan, ListenerPlan {

    DocumentId id();

    /** The LoadBalancer that this document belongs to. */
    DocumentId loadBalancer();

    /** Every problem by name, {@code field: what is wrong}; empty when a forwarder may serve it. */
    List<String> validate();
}
