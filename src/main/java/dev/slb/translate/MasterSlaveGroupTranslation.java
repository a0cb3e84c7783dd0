package dev.slb.translate;

import dev.slb.plan.GroupPlan;
import dev.slb.plan.PlanDocument;

import java.util.List;

/**
 * @param master null when the group is not accepted or nothing matches the role
 * @param slave the same
 */
public record MasterSlaveGroupTranslation(
        Outcome<GroupPlan> outcome, Verdict accepted, Verdict resolvedRefs, ResolvedServer master, ResolvedServer slave)
        implements Translation {

    @Override
    public List<Outcome<? extends PlanDocument>> outcomes() {
        return List.of(outcome);
    }
}
