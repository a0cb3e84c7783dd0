package dev.slb.forwarder.serve;

import dev.slb.forwarder.limits.LoadBalancerLimits;
import dev.slb.forwarder.persistence.CookieKey;
import dev.slb.forwarder.transport.TimeSource;
import dev.slb.plan.Action;
import dev.slb.plan.DocumentId;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.ListenerProtocol;
import dev.slb.plan.LoadBalancerPlan;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * What was published and is valid, as it stands now: what one document means for another is asked here. A group tells who uses it
 * of its new version, a LoadBalancer's limits count at once; listeners are for {@link Configuration} to advance. Owned by the
 * control thread.
 */
final class Published {

    private final TimeSource time;
    private final RandomGenerator chance;
    private final SortedMap<DocumentId, ListenerPlan> listeners = new TreeMap<>();
    private final SortedMap<DocumentId, GroupControl> groups = new TreeMap<>();
    /** Those of them that go on only for who uses them. */
    private final Set<DocumentId> withdrawnGroups = new TreeSet<>();

    private final SortedMap<DocumentId, LoadBalancerLimits> loadBalancers = new TreeMap<>();
    /** By LoadBalancer. */
    private final Map<DocumentId, CookieKey> cookieKeys = new HashMap<>();

    private boolean synced;

    /** @param chance for what is left to it */
    Published(TimeSource time, RandomGenerator chance) {
        this.time = time;
        this.chance = chance;
    }

    /** A whole delivery was taken: what is not here is not. */
    void synced() {
        synced = true;
    }

    boolean isSynced() {
        return synced;
    }

    /** The latest valid version of a listener; null when there is none. */
    ListenerPlan listener(DocumentId id) {
        return listeners.get(id);
    }

    /** @param plan null: there is none any more */
    void listener(DocumentId id, ListenerPlan plan) {
        if (plan == null) {
            listeners.remove(id);
        } else {
            listeners.put(id, plan);
        }
    }

    /** @return whether it means something else to who names it: it is new, or of another LoadBalancer */
    boolean publish(GroupPlan plan) {
        GroupControl group = groups.computeIfAbsent(plan.id(), id -> new GroupControl(id, chance));
        boolean turns =
                !group.isPublished() || !plan.loadBalancer().equals(group.plan().loadBalancer());
        group.publish(plan);
        withdrawnGroups.remove(plan.id());
        return turns;
    }

    /**
     * A group exists.
     *
     * @return whether that is new; then it is empty, as it has no valid version yet
     */
    boolean exists(DocumentId group) {
        return groups.putIfAbsent(group, GroupControl.empty(group, chance)) == null;
    }

    /** @return whether it was there */
    boolean withdrawGroup(DocumentId id) {
        GroupControl group = groups.get(id);
        if (group != null) {
            group.withdraw();
            withdrawnGroups.add(id);
        }
        return group != null;
    }

    /** Forgets groups that were withdrawn and that nobody uses. */
    boolean forgetGroups() {
        return withdrawnGroups.removeIf(id -> {
            boolean unused = groups.get(id).users().isEmpty();
            if (unused) {
                groups.remove(id).watchers().forEach(Runnable::run);
            }
            return unused;
        });
    }

    /** Whether new versions of listeners may name it. */
    boolean isPublished(DocumentId group) {
        return groups.containsKey(group) && groups.get(group).isPublished();
    }

    /** The group as it was last published, null when it is gone. */
    GroupControl group(DocumentId id) {
        return groups.get(id);
    }

    /** @return whether the key of its sticky cookies is another one now */
    boolean publish(LoadBalancerPlan plan) {
        CookieKey before = cookieKeys.get(plan.id());
        if (plan.cookieKey() == null) {
            cookieKeys.remove(plan.id());
        } else if (before == null || !before.isOf(plan.cookieKey())) {
            cookieKeys.put(plan.id(), new CookieKey(plan.cookieKey()));
        }
        limits(plan.id()).install(plan);
        return cookieKeys.get(plan.id()) != before;
    }

    void withdrawLoadBalancer(DocumentId id) {
        cookieKeys.remove(id);
        if (loadBalancers.containsKey(id)) {
            loadBalancers.get(id).install(null);
        }
    }

    /** Forgets LoadBalancers that were withdrawn, or never came, and that have no listeners here. */
    void forgetLoadBalancers() {
        loadBalancers.values().removeIf(each -> !each.isPublished() && each.isUnused());
    }

    /** What the listeners of a LoadBalancer share, even of one that is not known yet. */
    LoadBalancerLimits limits(DocumentId loadBalancer) {
        return loadBalancers.computeIfAbsent(loadBalancer, absent -> new LoadBalancerLimits(time));
    }

    Collection<LoadBalancerLimits> limits() {
        return loadBalancers.values();
    }

    /** The key of its sticky cookies; null when it has none. */
    CookieKey cookieKey(DocumentId loadBalancer) {
        return cookieKeys.get(loadBalancer);
    }

    /**
     * What a version of a listener can go on with of earlier ones: groups and redirect targets that its LoadBalancer still
     * has. Before a whole delivery was taken, listeners that were not named yet may come.
     */
    Predicate<Action> possible(ListenerPlan plan) {
        return action -> {
            if (action instanceof Action.Forward forward) {
                return isPublished(forward.group())
                        && plan.loadBalancer()
                                .equals(group(forward.group()).plan().loadBalancer());
            }
            return action instanceof Action.Redirect redirect
                    && (!synced || listeners.values().stream().anyMatch(each -> isTarget(each, plan, redirect)));
        };
    }

    private static boolean isTarget(ListenerPlan candidate, ListenerPlan plan, Action.Redirect redirect) {
        return candidate.protocol() == ListenerProtocol.HTTPS
                && candidate.frontend().port() == redirect.port()
                && candidate.loadBalancer().equals(plan.loadBalancer());
    }
}
