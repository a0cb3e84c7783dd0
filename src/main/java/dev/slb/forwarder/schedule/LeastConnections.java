package dev.slb.forwarder.schedule;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Weighted least connections: whoever would have least for its weight with this one, {@code (active + 1) / weight}; of
 * several the one with the higher weight, of equal ones each in turn. While nobody has anything, that would always be
 * the one with the highest weight, so an idle group is walked by weighted round robin.
 *
 * <p>One pass over all candidates, which reads their counts. Event loops that choose in the same moment don't know of each
 * other and may choose the same.
 */
public final class LeastConnections<T> implements Picker<T> {

    private final Object[] candidates;
    private final long[] weights;
    private final ToIntFunction<T> active;
    private final Rotation<T> idle;
    /** Whom the last choice fell on: the next looks behind it first. A hint, written without care by all event loops. */
    private int last;
    /** The same for retries, which take nobody's turn. */
    private int lastRetried;

    private LeastConnections(Object[] candidates, long[] weights, ToIntFunction<T> active, Rotation<T> idle) {
        this.candidates = candidates;
        this.weights = weights;
        this.active = active;
        this.idle = idle;
        this.last = candidates.length - 1;
        this.lastRetried = last;
    }

    /**
     * @param candidates at least one
     * @param weights positive, one per candidate; only their ratios count
     * @param active how many connections or requests a candidate has now
     * @param predecessor what this replaces, null when nothing
     */
    public static <T> LeastConnections<T> of(
            List<T> candidates, List<Long> weights, ToIntFunction<T> active, Position position, Picker<T> predecessor) {
        return new LeastConnections<>(
                candidates.toArray(),
                comparable(weights),
                active,
                Rotation.weighted(candidates, weights, position, predecessor));
    }

    /** Weights that can be multiplied with a count. */
    private static long[] comparable(List<Long> weights) {
        long[] array = weights.stream().mapToLong(Long::longValue).toArray();
        long divisor = Arrays.stream(array).reduce(0, SmoothCycle::gcd);
        long most = Arrays.stream(array).max().orElse(1) / divisor;
        int excess = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(most) - (Integer.SIZE - 1));
        return Arrays.stream(array)
                .map(weight -> Math.max(1, weight / divisor >> excess))
                .toArray();
    }

    /** What goes on where this is replaced. */
    Rotation<T> idle() {
        return idle;
    }

    @Override
    @SuppressWarnings("unchecked")
    public T pick(PickContext context) {
        int count = candidates.length;
        int best = -1;
        long bestLoad = 0;
        boolean busy = false;
        boolean retry = context.isRetry();
        int at = retry ? lastRetried : last;
        for (int i = 0; i < count; i++) {
            at = at + 1 == count ? 0 : at + 1;
            T candidate = (T) candidates[at];
            if (context.tried(candidate)) {
                continue;
            }
            int running = active.applyAsInt(candidate);
            busy |= running > 0;
            long load = running + 1L;
            if (best < 0 || isBetter(load, weights[at], bestLoad, weights[best])) {
                best = at;
                bestLoad = load;
            }
        }
        if (best < 0) {
            return null;
        }
        if (!busy) {
            return idle.pick(context);
        }
        if (retry) {
            lastRetried = best;
        } else {
            last = best;
        }
        return (T) candidates[best];
    }

    private static boolean isBetter(long load, long weight, long otherLoad, long otherWeight) {
        long mine = load * otherWeight;
        long other = otherLoad * weight;
        return mine < other || mine == other && weight > otherWeight;
    }

    @Override
    public String toString() {
        return "least connections of " + candidates.length;
    }
}
