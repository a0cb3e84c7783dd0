package dev.slb.plan;

import java.util.List;

/**
 * What holds for all listeners of a LoadBalancer.
 *
 * @param forwarders number of ready forwarders that share the limits, at least 1: each enforces 1/n
 */
public record LoadBalancerPlan(DocumentId id, int forwarders) implements PlanDocument {

    @Override
    public DocumentId loadBalancer() {
        return id;
    }

    @Override
    public List<String> validate() {
        Problems problems = new Problems();
        problems.require(id != null && id.kind() == DocumentKind.LOAD_BALANCER, "id", "is not of a LoadBalancer");
        problems.require(forwarders >= 1, "forwarders", "must be at least 1");
        return problems.list();
    }
}
