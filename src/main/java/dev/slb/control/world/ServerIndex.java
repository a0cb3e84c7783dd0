package dev.slb.control.world;

import dev.slb.base.IpLiteral;
import dev.slb.kind.ObjectId;
import dev.slb.kind.Share;
import dev.slb.plan.DocumentId;
import dev.slb.translate.Candidate;
import dev.slb.translate.Candidates;
import dev.slb.translate.PodFacts;
import dev.slb.translate.Snapshot;
import io.fabric8.kubernetes.api.model.LabelSelector;

import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which pods and addresses the sources of objects bring as servers, and which of them are within the quota of their LoadBalancer:
 * kept up as all of that changes, each time for no more than what changed.
 *
 * <p>Each change is said after it was made in {@link ObjectStore} and {@link Facts}, which the view shows. It adds to the touched
 * objects those that have other servers now, or servers that got or lost a place; the object itself that changed is not among
 * them.
 */
final class ServerIndex {

    private final Snapshot view;
    private final Map<String, Selections> namespaces = new HashMap<>();
    private final Map<String, Set<NamespacedName>> podsByNode = new HashMap<>();
    /** By namespace: who names a pod or an address. */
    private final Map<String, Map<Source.Single, Users>> named = new HashMap<>();
    /** By LoadBalancer, whether or not it exists. */
    private final Map<ObjectId, Places> places = new HashMap<>();

    ServerIndex(Snapshot view) {
        this.view = view;
    }

    /** Null when there is none. */
    PodFacts pod(String namespace, String name) {
        Selections there = namespaces.get(namespace);
        return there == null ? null : there.pod(name);
    }

    /** Oldest first. */
    Collection<PodFacts> pods(String namespace, LabelSelector selector) {
        Selections there = namespaces.get(namespace);
        if (there == null) {
            return Set.of();
        }
        SelectedPods selection = there.find(selector);
        return selection == null ? Set.of() : Collections.unmodifiableCollection(selection.pods());
    }

    boolean isWithinQuota(ObjectId loadBalancer, Candidate candidate) {
        Places there = places.get(loadBalancer);
        return there == null || there.hasPlace(candidate);
    }

    /** @param before and after: null for none, as everywhere here */
    void changed(WorldObject before, WorldObject after, SortedSet<ObjectId> touched) {
        Change change = new Change(touched);
        Set<Source> old = sources(before);
        Set<Source> now = sources(after);
        Set<ObjectId> oldShares = shares(before);
        Set<ObjectId> nowShares = shares(after);
        boolean moved = !oldShares.equals(nowShares);
        for (Source source : old) {
            if (moved || !now.contains(source)) {
                remove(before.id(), source, oldShares, change);
            }
        }
        for (Source source : now) {
            if (moved || !old.contains(source)) {
                add(after.id(), source, nowShares, change);
            }
        }
        ObjectId id = (before == null ? after : before).id();
        if (!WorldObject.looksTheSame(before, after) && places.containsKey(id)) {
            // The region, perhaps.
            change.look(id, places.get(id).servers());
        }
        change.settle();
    }

    private static Set<Source> sources(WorldObject object) {
        return object == null
                ? Set.of()
                : object.needs().servers().stream()
                        .map(Source::of)
                        .flatMap(Optional::stream)
                        .collect(Collectors.toSet());
    }

    /** The LoadBalancers whose quota the object has a part of. */
    private static Set<ObjectId> shares(WorldObject object) {
        return object == null || object.id().kind().share() != Share.SERVERS
                ? Set.of()
                : object.needs().loadBalancers();
    }

    private void add(ObjectId user, Source source, Set<ObjectId> loadBalancers, Change change) {
        if (source instanceof Source.Selected selected) {
            SelectedPods selection = namespaces
                    .computeIfAbsent(user.namespace(), key -> new Selections())
                    .get(selected.selector());
            selection.users().add(user, loadBalancers);
            loadBalancers.forEach(each -> change.look(each, names(selection)));
        } else if (source instanceof Source.Single single) {
            named.computeIfAbsent(user.namespace(), key -> new HashMap<>())
                    .computeIfAbsent(single, key -> new Users())
                    .add(user, loadBalancers);
            loadBalancers.forEach(each -> change.look(each, Set.of(single)));
        }
    }

    private void remove(ObjectId user, Source source, Set<ObjectId> loadBalancers, Change change) {
        String namespace = user.namespace();
        if (source instanceof Source.Selected selected) {
            Selections there = namespaces.get(namespace);
            SelectedPods selection = there.find(selected.selector());
            selection.users().remove(user, loadBalancers);
            if (selection.users().isEmpty()) {
                there.forget(selected.selector());
            }
            loadBalancers.forEach(each -> change.look(each, names(selection)));
            dropIfEmpty(namespace);
        } else if (source instanceof Source.Single single) {
            named.computeIfPresent(namespace, (key, users) -> {
                users.computeIfPresent(single, (server, ofServer) -> {
                    ofServer.remove(user, loadBalancers);
                    return ofServer.isEmpty() ? null : ofServer;
                });
                return users.isEmpty() ? null : users;
            });
            loadBalancers.forEach(each -> change.look(each, Set.of(single)));
        }
    }

    private static Set<Source.Named> names(SelectedPods selection) {
        return selection.pods().stream()
                .map(pod -> new Source.Named(pod.name()))
                .collect(Collectors.toSet());
    }

    private void dropIfEmpty(String namespace) {
        namespaces.computeIfPresent(namespace, (key, there) -> there.isEmpty() ? null : there);
    }

    void put(PodFacts pod, SortedSet<ObjectId> touched) {
        Selections there = namespaces.computeIfAbsent(pod.namespace(), key -> new Selections());
        changed(there.put(pod), pod, there, touched);
    }

    void removePod(String namespace, String name, SortedSet<ObjectId> touched) {
        Selections there = namespaces.get(namespace);
        if (there != null) {
            changed(there.remove(name), null, there, touched);
            dropIfEmpty(namespace);
        }
    }

    private void changed(PodFacts before, PodFacts after, Selections there, SortedSet<ObjectId> touched) {
        if (Objects.equals(before, after)) {
            return;
        }
        Change change = new Change(touched);
        Stream.of(before, after).filter(Objects::nonNull).forEach(pod -> {
            Source.Named server = new Source.Named(pod.name());
            Stream.concat(
                            Stream.of(named(pod.namespace(), server)),
                            there.matching(pod).stream()
                                    .filter(selection -> !pod.finished())
                                    .map(SelectedPods::users))
                    .forEach(users -> {
                        touched.addAll(users.all());
                        users.loadBalancers().forEach(each -> change.look(each, Set.of(server)));
                    });
        });
        move(before, after);
        change.settle();
    }

    private void move(PodFacts before, PodFacts after) {
        if (before != null && before.node() != null) {
            podsByNode.computeIfPresent(before.node(), (node, pods) -> {
                pods.remove(nameOf(before));
                return pods.isEmpty() ? null : pods;
            });
        }
        if (after != null && after.node() != null) {
            podsByNode.computeIfAbsent(after.node(), node -> new HashSet<>()).add(nameOf(after));
        }
    }

    private static NamespacedName nameOf(PodFacts pod) {
        return new NamespacedName(pod.namespace(), pod.name());
    }

    /** A node is new, gone, or elsewhere. */
    void changedNode(String node, SortedSet<ObjectId> touched) {
        Change change = new Change(touched);
        for (NamespacedName name : podsByNode.getOrDefault(node, Set.of())) {
            Source.Named server = new Source.Named(name.name());
            usersOf(name.namespace(), server)
                    .forEach(users -> users.loadBalancers().forEach(each -> change.look(each, Set.of(server))));
        }
        change.settle();
    }

    /** The addresses of forwarders are others. */
    void changedForwarders(SortedSet<ObjectId> touched) {
        Change change = new Change(touched);
        places.forEach((loadBalancer, there) -> change.look(
                loadBalancer,
                there.servers().stream().filter(Source.Fixed.class::isInstance).collect(Collectors.toSet())));
        change.settle();
    }

    /** Another order of who is served first. Who has a place by it is taken for having had it before. */
    void changedHoldings() {
        places.forEach((loadBalancer, there) -> there.sort(firstServed(loadBalancer)));
    }

    private Comparator<Candidate> firstServed(ObjectId loadBalancer) {
        return view.holdings()
                .serversFirstServed(DocumentId.loadBalancer(loadBalancer.namespace(), loadBalancer.name()));
    }

    private Users named(String namespace, Source.Single server) {
        return named.getOrDefault(namespace, Map.of()).getOrDefault(server, Users.NONE);
    }

    /** Of those who name the server, and of each selector that brings it. */
    private Stream<Users> usersOf(String namespace, Source.Single server) {
        Stream<Users> naming = Stream.of(named(namespace, server));
        PodFacts pod = server instanceof Source.Named name ? pod(namespace, name.pod()) : null;
        return pod == null || pod.finished()
                ? naming
                : Stream.concat(
                        naming, namespaces.get(namespace).matching(pod).stream().map(SelectedPods::users));
    }

    /** The servers of LoadBalancers that may have changed by one event. */
    private final class Change {

        private final SortedSet<ObjectId> touched;
        private final Map<ObjectId, Set<Source.Single>> servers = new HashMap<>();

        Change(SortedSet<ObjectId> touched) {
            this.touched = touched;
        }

        void look(ObjectId loadBalancer, Set<? extends Source.Single> at) {
            servers.computeIfAbsent(loadBalancer, key -> new HashSet<>()).addAll(at);
        }

        void settle() {
            servers.forEach(this::settle);
        }

        private void settle(ObjectId loadBalancer, Set<Source.Single> changed) {
            Places there = places.computeIfAbsent(
                    loadBalancer, key -> new Places(view.settings().quotas().servers(), firstServed(loadBalancer)));
            Candidates candidates =
                    Candidates.of(view.loadBalancer(loadBalancer.namespace(), loadBalancer.name()), view);
            for (Source.Single server : changed) {
                if (there.set(server, candidate(loadBalancer, server, candidates))) {
                    touch(loadBalancer, server);
                }
            }
            there.settle().forEach(moved -> touch(loadBalancer, server(moved)));
            if (there.isEmpty()) {
                places.remove(loadBalancer);
            }
        }

        /** Null when nobody of the LoadBalancer brings it, or there is none. */
        private Candidate candidate(ObjectId loadBalancer, Source.Single server, Candidates candidates) {
            String namespace = loadBalancer.namespace();
            if (usersOf(namespace, server)
                    .allMatch(users -> users.of(loadBalancer).isEmpty())) {
                return null;
            }
            if (server instanceof Source.Named name) {
                PodFacts pod = pod(namespace, name.pod());
                return pod == null ? null : candidates.of(pod);
            }
            return candidates.of(
                    IpLiteral.parse(((Source.Fixed) server).address()).orElseThrow());
        }

        private void touch(ObjectId loadBalancer, Source.Single server) {
            usersOf(loadBalancer.namespace(), server).forEach(users -> touched.addAll(users.of(loadBalancer)));
        }
    }

    private static Source.Single server(Candidate candidate) {
        return candidate.pod() == null ? new Source.Fixed(candidate.address()) : new Source.Named(candidate.podName());
    }
}
