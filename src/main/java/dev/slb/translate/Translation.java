package dev.slb.translate;

import dev.slb.plan.GroupPlan;
import dev.slb.plan.PlanDocument;

import java.util.List;
import java.util.Optional;

/** What one object means: the documents that forwarders get, and what its status says by the object alone. */
public interface Translation {

    /** One for each document that the object makes, in the order of their ids; at least one. */
    List<Outcome<? extends PlanDocument>> outcomes();

    Verdict accepted();

    Verdict resolvedRefs();

    /** What an object that is accepted waits for while it has no valid version, in words for people. */
    default String awaited() {
        return "what it needs";
    }

    /** Whether what keeps it from its wished state stays until somebody changes it, though it looks like something to wait for. */
    default boolean isStuck() {
        return false;
    }

    /** What becomes of the group of servers that the object makes; empty for a kind that makes none. */
    default Optional<Outcome<GroupPlan>> group() {
        return Optional.empty();
    }

    /** The servers of {@link #group}, those left out included. */
    default List<ResolvedServer> ownServers() {
        return List.of();
    }

    /** The field of the object that brings one of {@link #ownServers}. */
    default String fieldOf(ResolvedServer server) {
        return "spec.servers[" + server.entry() + "]";
    }
}
