package dev.slb.kind;

import dev.slb.api.ServerSource;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What the meaning of an object depends on beside itself. Whether it exists is not asked: what appears later is noticed too.
 *
 * @param loadBalancers those that it is a part of, each of which it shares a {@link Share} with others of; a LoadBalancer is a
 *     part of itself
 * @param objects others that it names
 * @param servers where its servers come from: pods of its namespace and fixed addresses
 * @param secrets of its namespace
 */
public record Needs(
        SortedSet<ObjectId> loadBalancers,
        SortedSet<ObjectId> objects,
        List<ServerSource> servers,
        NamedSecrets secrets) {

    public Needs {
        loadBalancers = Collections.unmodifiableSortedSet(new TreeSet<>(loadBalancers));
        objects = Collections.unmodifiableSortedSet(new TreeSet<>(objects));
        servers = servers.stream().filter(Objects::nonNull).toList();
        Objects.requireNonNull(secrets, "secrets");
    }

    /** Of something that is a part of LoadBalancers, and needs nothing else. */
    public static Needs of(Collection<ObjectId> loadBalancers) {
        return new Needs(new TreeSet<>(loadBalancers), Collections.emptySortedSet(), List.of(), NamedSecrets.NONE);
    }

    /** @param sources those that are null are left out */
    public Needs withServers(Collection<? extends ServerSource> sources) {
        return new Needs(loadBalancers, objects, new ArrayList<>(sources), secrets);
    }
}
