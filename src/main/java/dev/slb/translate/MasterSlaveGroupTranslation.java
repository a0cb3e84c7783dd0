package dev.slb.translate;

import dev.slb.plan.GroupPlan;
import dev.slb.plan.PlanDocument;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

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

    @Override
    public Optional<Outcome<GroupPlan>> group() {
        return Optional.of(outcome);
    }

    @Override
    public List<ResolvedServer> ownServers() {
        return Stream.of(master, slave).filter(Objects::nonNull).toList();
    }

    @Override
    public String fieldOf(ResolvedServer server) {
        return "spec." + server.entry();
    }
}
