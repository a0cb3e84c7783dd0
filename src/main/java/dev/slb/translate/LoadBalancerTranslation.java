package dev.slb.translate;

import dev.slb.plan.DocumentId;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.LoadBalancerPlan;
import dev.slb.plan.PlanDocument;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * @param limits what holds for all listeners
 * @param pool the default pool, even when it is empty
 * @param servers by group, those left out included: the default pool, and the groups of the LoadBalancer that can be served
 * @param exposure the Service that leads to it
 * @param awaitsCookieKey a listener recognises clients by cookies, and there is no key for them: it waits for one
 */
public record LoadBalancerTranslation(
        Outcome<LoadBalancerPlan> limits,
        Outcome<GroupPlan> pool,
        Verdict accepted,
        Verdict resolvedRefs,
        SortedMap<DocumentId, List<ResolvedServer>> servers,
        Exposure exposure,
        boolean awaitsCookieKey)
        implements Translation {

    public LoadBalancerTranslation {
        servers = Collections.unmodifiableSortedMap(new TreeMap<>(servers));
    }

    @Override
    public List<Outcome<? extends PlanDocument>> outcomes() {
        return List.of(limits, pool);
    }

    @Override
    public List<ResolvedServer> ownServers() {
        return servers.getOrDefault(pool.id(), List.of());
    }

    @Override
    public boolean isStuck() {
        return exposure.isRefused();
    }
}
