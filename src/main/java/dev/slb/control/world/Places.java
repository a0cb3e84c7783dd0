package dev.slb.control.world;

import dev.slb.translate.Candidate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * The servers of one LoadBalancer, over its default pool and all its groups, and which of them have a place in its quota: of
 * those that can be used the first ones, see {@link #settle}.
 */
final class Places {

    private final int quota;
    private final Map<Source.Single, Candidate> candidates = new HashMap<>();
    private NavigableSet<Candidate> placed;
    private NavigableSet<Candidate> waiting;

    Places(int quota, Comparator<Candidate> firstServed) {
        this.quota = quota;
        this.placed = new TreeSet<>(firstServed);
        this.waiting = new TreeSet<>(firstServed);
    }

    boolean isEmpty() {
        return candidates.isEmpty();
    }

    /** A copy. */
    Set<Source.Single> servers() {
        return Set.copyOf(candidates.keySet());
    }

    /** One that can be used, and is known here. */
    boolean hasPlace(Candidate candidate) {
        return waiting.isEmpty() || !waiting.contains(candidate);
    }

    /**
     * @param candidate null when nobody brings the server, or it is not there
     * @return whether that makes a difference
     */
    boolean set(Source.Single server, Candidate candidate) {
        Candidate before = candidate == null ? candidates.remove(server) : candidates.put(server, candidate);
        if (candidate == null ? before == null : candidate.equals(before)) {
            return false;
        }
        if (before != null && before.reason() == null && !placed.remove(before)) {
            waiting.remove(before);
        }
        if (candidate != null && candidate.reason() == null) {
            waiting.add(candidate);
        }
        return true;
    }

    /**
     * Gives the places to those that come first, after some were {@link #set}.
     *
     * @return who got or lost one, those that were set among them
     */
    List<Candidate> settle() {
        List<Candidate> moved = new ArrayList<>();
        while (placed.size() < quota && !waiting.isEmpty()) {
            moved.add(waiting.first());
            placed.add(waiting.pollFirst());
        }
        while (!waiting.isEmpty() && !placed.isEmpty() && isFirst(waiting.first(), placed.last())) {
            Candidate out = placed.pollLast();
            Candidate in = waiting.pollFirst();
            placed.add(in);
            waiting.add(out);
            moved.add(in);
            moved.add(out);
        }
        return moved;
    }

    private boolean isFirst(Candidate one, Candidate other) {
        return placed.comparator().compare(one, other) < 0;
    }

    /** Another order of the same servers. */
    void sort(Comparator<Candidate> firstServed) {
        List<Candidate> all = new ArrayList<>(placed);
        all.addAll(waiting);
        placed = new TreeSet<>(firstServed);
        waiting = new TreeSet<>(firstServed);
        waiting.addAll(all);
        settle();
    }
}
