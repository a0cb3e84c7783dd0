package dev.slb.translate;

import dev.slb.plan.GroupPlan;
import dev.slb.plan.LoadBalancerPlan;
import dev.slb.plan.PlanDocument;

import java.util.List;
import java.util.Optional;

/**
 * @param limits what holds for all listeners
 * @param pool the default pool, even when it is empty
 * @param servers of the default pool, those left out included, sorted
 * @param exposure the Service that leads to it
 * @param awaitsCookieKey a listener recognises clients by cookies, and there is no key for them: it waits for one
 */
public record LoadBalancerTranslation(
        Outcome<LoadBalancerPlan> limits,
        Outcome<GroupPlan> pool,
        Verdict accepted,
        Verdict resolvedRefs,
        List<ResolvedServer> servers,
        Exposure exposure,
        boolean awaitsCookieKey)
        implements Translation {

    public LoadBalancerTranslation {
        servers = List.copyOf(servers);
    }

    @Override
    public List<Outcome<? extends PlanDocument>> outcomes() {
        return List.of(limits, pool);
    }

    @Override
    public Optional<Outcome<GroupPlan>> group() {
        return Optional.of(pool);
    }

    @Override
    public List<ResolvedServer> ownServers() {
        return servers;
    }

    @Override
    public boolean isStuck() {
        return exposure.isRefused();
    }
}
