package dev.slb.forwarder.table;

import dev.slb.forwarder.tls.FrontendTls;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.RulePlan;

import java.util.List;

/**
 * One version of a listener as it is served. Immutable: read once per connection (layer 4) or request (layer 7), so that
 * all decisions about it come from one version.
 *
 * @param version content hash of the plan
 * @param tls HTTPS only
 * @param action what happens when no rule matches
 * @param rules layer 7, in no particular order
 */
public record ListenerTable(ListenerPlan plan, String version, FrontendTls tls, TableAction action, List<Rule> rules) {

    /** @param plan what it matches; its action is the unresolved one */
    public record Rule(RulePlan plan, TableAction action) {}

    public ListenerTable {
        rules = List.copyOf(rules);
    }
}
