package dev.slb.translate;

import dev.slb.plan.GroupPlan;
import dev.slb.plan.PlanDocument;

import java.util.List;
import java.util.Optional;

/** @param servers those left out included, sorted */
public record VServerGroupTranslation(
        Outcome<GroupPlan> outcome, Verdict accepted, Verdict resolvedRefs, List<ResolvedServer> servers)
        implements Translation {

    public VServerGroupTranslation {
        servers = List.copyOf(servers);
    }

    @Override
    public List<Outcome<? extends PlanDocument>> outcomes() {
        return List.of(outcome);
    }

    @Override
    public Optional<Outcome<GroupPlan>> group() {
        return Optional.of(outcome);
    }

    @Override
    public List<ResolvedServer> ownServers() {
        return servers;
    }
}
