package dev.slb.kind;

import dev.slb.api.Listener;
import dev.slb.api.LoadBalancer;
import dev.slb.api.LoadBalancerAddress;
import dev.slb.plan.DocumentId;
import dev.slb.plan.PlanDocument;
import dev.slb.translate.Translation;
import dev.slb.translate.status.ForwarderReports;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the status of an object says beyond what the object means.
 *
 * @param addresses at which clients reach a LoadBalancer
 * @param listeners of a LoadBalancer, with their last statuses
 * @param parts of a LoadBalancer, by what they mean, itself among them
 * @param documents what forwarders should serve; empty for what they keep from before this process
 * @param bindPort what a listener's status is to record as the port to bind, null for what its translation says
 */
public record StatusFacts(
        ForwarderReports reports,
        Function<LoadBalancer, List<LoadBalancerAddress>> addresses,
        Function<LoadBalancer, Collection<Listener>> listeners,
        Function<LoadBalancer, Collection<Translation>> parts,
        Function<DocumentId, Optional<PlanDocument>> documents,
        Integer bindPort,
        Instant now) {}
