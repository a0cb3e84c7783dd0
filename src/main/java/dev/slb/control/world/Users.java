package dev.slb.control.world;

import dev.slb.kind.ObjectId;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** The objects that have one source, and the LoadBalancers whose quota of servers they have a part of by that. */
final class Users {

    static final Users NONE = new Users();

    private final SortedSet<ObjectId> all = new TreeSet<>();
    private final Map<ObjectId, SortedSet<ObjectId>> byLoadBalancer = new HashMap<>();

    void add(ObjectId user, Set<ObjectId> loadBalancers) {
        all.add(user);
        loadBalancers.forEach(each ->
                byLoadBalancer.computeIfAbsent(each, key -> new TreeSet<>()).add(user));
    }

    void remove(ObjectId user, Set<ObjectId> loadBalancers) {
        all.remove(user);
        loadBalancers.forEach(each -> byLoadBalancer.computeIfPresent(each, (key, users) -> {
            users.remove(user);
            return users.isEmpty() ? null : users;
        }));
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    SortedSet<ObjectId> all() {
        return all;
    }

    Set<ObjectId> loadBalancers() {
        return byLoadBalancer.keySet();
    }

    SortedSet<ObjectId> of(ObjectId loadBalancer) {
        return byLoadBalancer.getOrDefault(loadBalancer, Collections.emptySortedSet());
    }
}
