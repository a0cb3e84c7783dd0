package dev.slb.forwarder.schedule;

import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/**
 * The same key, the same candidate, on every forwarder: the choice depends on nothing but the key and the candidates' ids
 * and weights. When a candidate goes, its keys move and no others; when one comes, or gets more weight, it takes its
 * share from all the others, and nothing moves between those.
 *
 * <p>Keys fall into slots, and each slot goes to a candidate by weighted rendezvous hashing: everybody draws an
 * exponentially distributed waiting time from the slot and its id, divides it by its weight, and the shortest wins. Only
 * ratios of weights count, so that scaling all of them (pods that come and share a weight) moves nothing, which points on
 * a ring, their number the weight, would not do. All slots are decided when the picker is built (up to 3.3 million
 * draws for 200 candidates, 10 to 25 ms); picking is an index.
 *
 * <p>Limits: a share is that of its weight by chance only, as with every consistent hash. With ten equal candidates a
 * tenth is some 2.4 % of itself off (one standard deviation), with 200 it is 11 %.
 */
public final class ConsistentHash<T> implements Picker<T> {

    private static final int SLOT_BITS = 14;
    static final int SLOTS = 1 << SLOT_BITS;

    /** Draws have 53 bits, and are then less than 1. */
    private static final double UNIT = 0x1p-53;

    /** Ordered by id, so that even ties (which take two equal draws of 53 bits) are decided alike everywhere. */
    private final Object[] candidates;

    private final long[] seeds;
    private final double[] weights;
    private final char[] slots = new char[SLOTS];
    private final ToLongFunction<PickContext> key;

    private ConsistentHash(Object[] candidates, long[] seeds, double[] weights, ToLongFunction<PickContext> key) {
        this.candidates = candidates;
        this.seeds = seeds;
        this.weights = weights;
        this.key = key;
        for (int slot = 0; slot < SLOTS; slot++) {
            slots[slot] = (char) choose(slot, PickContext.FIRST);
        }
    }

    /**
     * @param candidates 1 to 65,535, in any order
     * @param id unique
     * @param weights positive, one per candidate; only their ratios count
     * @param key what is hashed: one of the hashes of a {@link PickContext}
     */
    public static <T> ConsistentHash<T> of(
            List<T> candidates, Function<T, String> id, List<Long> weights, ToLongFunction<PickContext> key) {
        int[] order = IntStream.range(0, candidates.size())
                .boxed()
                .sorted(Comparator.comparing(i -> id.apply(candidates.get(i))))
                .mapToInt(Integer::intValue)
                .toArray();
        Object[] sorted = new Object[order.length];
        long[] seeds = new long[order.length];
        double[] sortedWeights = new double[order.length];
        for (int i = 0; i < order.length; i++) {
            sorted[i] = candidates.get(order[i]);
            seeds[i] = Hashes.of(id.apply(candidates.get(order[i])));
            sortedWeights[i] = weights.get(order[i]);
        }
        return new ConsistentHash<>(sorted, seeds, sortedWeights, key);
    }

    @Override
    public T pick(PickContext context) {
        return pick(key.applyAsLong(context), context);
    }

    /** The candidate of a key; when it was tried, the one that the key would have if those tried were not there. */
    @SuppressWarnings("unchecked")
    T pick(long hash, PickContext context) {
        int slot = (int) (Hashes.mix(hash) >>> Long.SIZE - SLOT_BITS);
        T first = (T) candidates[slots[slot]];
        if (context == PickContext.FIRST || !context.tried(first)) {
            return first;
        }
        int next = choose(slot, context);
        return next < 0 ? null : (T) candidates[next];
    }

    private int choose(int slot, PickContext context) {
        long slotHash = Hashes.mix(slot + 1L);
        int best = -1;
        long bestDraw = Long.MAX_VALUE;
        double bestWeight = weights[0];
        double shortest = Double.NaN;
        for (int i = 0; i < seeds.length; i++) {
            long draw = Hashes.mix(seeds[i] + slotHash) >>> 11;
            double weight = weights[i];
            if (weight == bestWeight) {
                if (draw >= bestDraw) {
                    continue;
                }
            } else if (best >= 0) {
                if (Double.isNaN(shortest)) {
                    shortest = waiting(bestDraw) / bestWeight;
                }
                // The waiting time is never less than its draw, so that few logarithms are needed: a handful of 200.
                if (draw * UNIT >= shortest * weight || waiting(draw) / weight >= shortest) {
                    continue;
                }
            }
            if (!context.tried(candidates[i])) {
                best = i;
                bestDraw = draw;
                bestWeight = weight;
                shortest = Double.NaN; // computed when a candidate of another weight needs it
            }
        }
        return best;
    }

    /** Exponentially distributed. By StrictMath, since the last bit must not depend on the processor. */
    private static double waiting(long draw) {
        return -StrictMath.log1p(-draw * UNIT);
    }

    @Override
    public String toString() {
        return "consistent hash over " + candidates.length;
    }
}
