package dev.slb.forwarder.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Walks a fixed cycle of candidates: round robin when each is there once, weighted round robin when each is there as
 * often as its weight says.
 *
 * <p>The cycle is immutable; the {@link Position} is the group's. When a cycle replaces another (a weight was edited, a
 * server came or failed), it goes on in the same phase, at the same fraction of the way through; where that falls between
 * two places, chance decides in proportion. Starting anew would favour whoever stands first, and under frequent edits
 * nobody else would be reached; always rounding one way would favour somebody when two tables alternate.
 */
public final class Rotation<T> implements Picker<T> {

    private final List<T> candidates;
    private final Object[] cycle;
    private final double[] weights;
    private final Position position;
    private final long offset;

    private Rotation(List<T> candidates, int[] cycle, double[] weights, Position position, Picker<T> predecessor) {
        this.candidates = List.copyOf(candidates);
        this.weights = weights;
        this.cycle = new Object[cycle.length];
        for (int i = 0; i < cycle.length; i++) {
            this.cycle[i] = candidates.get(cycle[i]);
        }
        this.position = position;
        this.offset = offset(predecessor);
    }

    /** Each candidate in turn. */
    public static <T> Rotation<T> roundRobin(List<T> candidates, Position position, Picker<T> predecessor) {
        int[] cycle = new int[candidates.size()];
        for (int i = 0; i < cycle.length; i++) {
            cycle[i] = i;
        }
        double[] equal = new double[cycle.length];
        Arrays.fill(equal, 1);
        return new Rotation<>(candidates, cycle, equal, position, predecessor);
    }

    /**
     * Each candidate as often as its weight says, interleaved as nginx's smooth weighted round robin does it.
     *
     * @param candidates at least one
     * @param weights positive, one per candidate; only their ratios count
     * @param predecessor what this replaces, null when nothing
     */
    public static <T> Rotation<T> weighted(
            List<T> candidates, List<Long> weights, Position position, Picker<T> predecessor) {
        long[] array = weights.stream().mapToLong(Long::longValue).toArray();
        return new Rotation<>(
                candidates,
                SmoothCycle.of(array),
                Arrays.stream(array).asDoubleStream().toArray(),
                position,
                predecessor);
    }

    private long offset(Picker<T> predecessor) {
        Picker<T> before = predecessor instanceof LeastConnections<T> counting ? counting.idle() : predecessor;
        if (!(before instanceof Rotation<T> old)) {
            return 0;
        }
        long picks = position.get();
        long oldLength = old.cycle.length;
        long scaled = (picks + old.offset) % oldLength * cycle.length;
        long place = scaled / oldLength;
        if (position.chance(scaled % oldLength, oldLength)) {
            place++;
        }
        return Math.floorMod(place - picks, (long) cycle.length);
    }

    @Override
    public T pick(PickContext context) {
        if (context.isRetry()) {
            return another(context);
        }
        return at((int) ((position.next() + offset) % cycle.length));
    }

    /** One of those that were not tried, by weight. The position stays where it is, so that nobody loses his turn. */
    private T another(PickContext context) {
        double total = 0;
        for (int i = 0; i < weights.length; i++) {
            if (!context.tried(candidates.get(i))) {
                total += weights[i];
            }
        }
        double left = position.nextRetry() * total;
        T chosen = null;
        for (int i = 0; i < weights.length && left >= 0; i++) {
            T candidate = candidates.get(i);
            if (!context.tried(candidate)) {
                chosen = candidate; // the last one whatever the rounding says
                left -= weights[i];
            }
        }
        return chosen;
    }

    @SuppressWarnings("unchecked")
    private T at(int index) {
        return (T) cycle[index];
    }

    @Override
    public String toString() {
        return "rotation of " + candidates.size() + " in " + cycle.length;
    }

    List<T> cycle() {
        List<T> list = new ArrayList<>(cycle.length);
        for (int i = 0; i < cycle.length; i++) {
            list.add(at(i));
        }
        return list;
    }
}
