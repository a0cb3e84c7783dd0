package dev.slb.translate;

import dev.slb.api.ServerReason;
import dev.slb.plan.ServerPlan;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The servers of a default pool or of a VServerGroup. A pod or address that several entries bring with the same port belongs
 * to the first of them. Pods that share an entry's weight share it among those that are used.
 */
final class GroupServers {

    private final boolean pool;
    private final List<Member> members;
    private final List<String> notes = new ArrayList<>();

    /** @param pool whether servers have no ports of their own */
    GroupServers(List<WeightedEntry> entries, boolean pool, ServerResolver resolver) {
        this.pool = pool;
        Set<Place> seen = new HashSet<>();
        List<Member> found = new ArrayList<>();
        for (WeightedEntry entry : entries) {
            List<Member> ofEntry = resolver.candidates(entry.source()).stream()
                    .map(candidate -> member(entry, candidate))
                    .filter(member -> seen.add(member.place()))
                    .toList();
            found.addAll(weighed(entry, ofEntry));
        }
        members = found.stream().sorted(Member.ORDER).toList();
    }

    /** @param seconds null: not at all */
    static long slowStartMillis(Integer seconds) {
        return seconds == null ? 0 : Duration.ofSeconds(seconds).toMillis();
    }

    /** Those left out included. */
    List<ResolvedServer> resolved() {
        return members.stream().map(Member::resolved).toList();
    }

    List<ServerPlan> plan() {
        List<Member> used = members.stream().filter(Member::used).toList();
        List<Long> weights =
                WholeWeights.whole(used.stream().map(Member::weight).toList());
        List<ServerPlan> plan = new ArrayList<>();
        for (int i = 0; i < used.size(); i++) {
            plan.add(used.get(i).plan(weights.get(i)));
        }
        return plan;
    }

    /** What was ignored, for the message of the condition. */
    List<String> notes() {
        return notes;
    }

    private Member member(WeightedEntry entry, Candidate candidate) {
        Integer port = pool ? null : candidate.port(entry.port());
        return new Member(entry, candidate, port, reasonAgainst(candidate, port), null);
    }

    /** What is against the pod or address itself comes first. */
    private ServerReason reasonAgainst(Candidate candidate, Integer port) {
        if (candidate.reason() != null) {
            return candidate.reason();
        }
        if (port == null && !pool) {
            return ServerReason.NoSuchPort;
        }
        return candidate.ready() ? null : ServerReason.NotReady;
    }

    private List<Member> weighed(WeightedEntry entry, List<Member> ofEntry) {
        int usual = entry.shared() ? WeightedEntry.DEFAULT_WEIGHT : entry.weight();
        List<Integer> parts = ofEntry.stream()
                .map(member ->
                        member.used() ? annotated(member.candidate().pod()).orElse(usual) : 0)
                .toList();
        long sum = parts.stream().mapToLong(Integer::longValue).sum();
        List<Member> weighed = new ArrayList<>();
        for (int i = 0; i < ofEntry.size(); i++) {
            long part = parts.get(i);
            weighed.add(ofEntry.get(i)
                    .withWeight(
                            entry.shared() && sum > 0 ? Fraction.of(entry.weight() * part, sum) : Fraction.of(part)));
        }
        return weighed;
    }

    private OptionalInt annotated(PodFacts pod) {
        if (pod == null || pod.weight() == null) {
            return OptionalInt.empty();
        }
        if (pod.weight().matches("[0-9]|[1-9][0-9]|100")) {
            return OptionalInt.of(Integer.parseInt(pod.weight()));
        }
        notes.add("Pod " + pod.namespace() + "/" + pod.name() + ": metadata.annotations[" + PodFacts.WEIGHT_ANNOTATION
                + "]: is ignored, must be 0..100");
        return OptionalInt.empty();
    }

    /** @param port number, name that the pod does not have, or null in a pool */
    private record Place(String identity, Object port) {}

    /** @param weight of no meaning when there is a reason against it */
    private record Member(
            WeightedEntry entry, Candidate candidate, Integer port, ServerReason reason, Fraction weight) {

        static final Comparator<Member> ORDER = Comparator.<Member, String>comparing(member -> member.entry.name())
                .thenComparing(member -> member.candidate.podName(), Comparator.nullsFirst(Comparator.naturalOrder()))
                .thenComparing(member -> member.candidate.identity());

        Member withWeight(Fraction newWeight) {
            return new Member(entry, candidate, port, reason, newWeight);
        }

        boolean used() {
            return reason == null || !reason.leavesOut();
        }

        Place place() {
            boolean unresolved = port == null && entry.port() != null;
            return new Place(candidate.identity(), unresolved ? entry.port().getStrVal() : port);
        }

        ResolvedServer resolved() {
            return new ResolvedServer(
                    candidate.identity(),
                    used() ? candidate.serverId(entry.name(), port) : null,
                    entry.name(),
                    candidate.podName(),
                    candidate.address(),
                    port,
                    used() ? weight.rounded() : null,
                    candidate.zone(),
                    reason);
        }

        ServerPlan plan(long wholeWeight) {
            return new ServerPlan(
                    candidate.serverId(entry.name(), port),
                    candidate.pod() == null ? entry.name() : candidate.podName(),
                    candidate.address(),
                    port,
                    entry.port() == null && candidate.pod() != null
                            ? candidate.pod().ports()
                            : null,
                    wholeWeight,
                    candidate.zone(),
                    null,
                    candidate.silent());
        }
    }
}
