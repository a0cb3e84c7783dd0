package dev.slb.translate;

import dev.slb.plan.PlanDocument;

import java.util.List;

/** What one object means: the documents that forwarders get, and what its status says by the object alone. */
public sealed interface Translation
        permits LoadBalancerTranslation, ListenerTranslation, VServerGroupTranslation, MasterSlaveGroupTranslation {

    /** One for each document of the object; always all of them, in the order of their ids. */
    List<Outcome<? extends PlanDocument>> outcomes();

    Verdict accepted();

    Verdict resolvedRefs();
}
