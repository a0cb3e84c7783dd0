package dev.slb.translate.status;

import dev.slb.api.ForwarderCounts;
import dev.slb.api.Listener;
import dev.slb.api.ListenerCounts;
import dev.slb.api.LoadBalancer;
import dev.slb.api.LoadBalancerAddress;
import dev.slb.api.LoadBalancerStatus;
import dev.slb.api.ServerCounts;
import dev.slb.plan.Health;
import dev.slb.translate.ConditionReason;
import dev.slb.translate.Exposure;
import dev.slb.translate.LoadBalancerTranslation;
import dev.slb.translate.ResolvedServer;
import dev.slb.translate.Translation;
import dev.slb.translate.Verdict;
import io.fabric8.kubernetes.api.model.Condition;

import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Makes the status of a LoadBalancer. Ready does not ask for servers: which of them are needed, only listeners know, and they say
 * it for themselves.
 */
public final class LoadBalancerStatusFactory {

    private LoadBalancerStatusFactory() {}

    /**
     * @param parts what it and its groups mean, in any order
     * @param addresses at which clients reach it
     * @param listeners see {@link #count}
     * @param previous conditions of the status before
     * @return equal to the previous status when nothing changed
     */
    public static LoadBalancerStatus status(
            LoadBalancer loadBalancer,
            LoadBalancerTranslation translation,
            Collection<? extends Translation> parts,
            ForwarderReports reports,
            List<LoadBalancerAddress> addresses,
            ListenerCounts listeners,
            List<Condition> previous,
            Instant now) {
        Programming programming = Programming.of(translation, reports);
        Optional<ReadyCondition.Unmet> unmet =
                addresses.isEmpty() ? Optional.of(noAddress(translation.exposure(), listeners)) : Optional.empty();
        Verdict ready = ReadyCondition.of(loadBalancer, translation, programming.verdict(), unmet, previous);
        Long generation = loadBalancer.getMetadata().getGeneration();
        return new LoadBalancerStatus(
                generation,
                StatusConditions.of(translation, programming.verdict(), ready, previous, generation, now),
                addresses,
                listeners,
                translation.accepted().met() ? servers(parts, reports) : null,
                new ForwarderCounts(reports.total(), programming.forwarders()));
    }

    private static ReadyCondition.Unmet noAddress(Exposure exposure, ListenerCounts listeners) {
        if (exposure.isRefused()) {
            return new ReadyCondition.Unmet(
                    ConditionReason.NoAddress, exposure.refused().get(0));
        }
        return new ReadyCondition.Unmet(
                ConditionReason.NoAddress,
                listeners.total() == 0 ? "no listener yet, the first brings the address" : "no address yet");
    }

    /** The listeners of a LoadBalancer, ready as the last status of each says. */
    public static ListenerCounts count(Collection<Listener> listeners) {
        return new ListenerCounts(listeners.size(), (int) listeners.stream()
                .filter(listener -> listener.getStatus() != null
                        && listener.getStatus().conditions().stream()
                                .anyMatch(each -> "Ready".equals(each.getType()) && "True".equals(each.getStatus())))
                .count());
    }

    /** A pod or address counts once, as bad as the worst of its groups sees it. */
    private static ServerCounts servers(Collection<? extends Translation> parts, ForwarderReports reports) {
        Set<String> all = new HashSet<>();
        Map<String, Health> used = new HashMap<>();
        for (Translation part : parts) {
            part.group().ifPresent(group -> {
                GroupView view = GroupView.of(group.id(), List.of(), reports);
                for (ResolvedServer server : part.ownServers()) {
                    all.add(server.identity());
                    if (server.used()) {
                        used.merge(server.identity(), view.health(server.id()), Health::worse);
                    }
                }
            });
        }
        return ServerHealths.counts(all.size(), used.values());
    }
}
