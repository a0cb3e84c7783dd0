package dev.slb.forwarder.schedule;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The cycle of nginx's smooth weighted round robin: in each step everybody gains its weight, the one that has most is
 * taken and pays the total. Weights 5:2:1 give {@code a b a a c a b a}. The cycle is as long as the total of the weights
 * after division by their greatest common divisor, so every window of that length holds everybody exactly as often as
 * its weight says.
 *
 * <p>A cycle that would be too long is replaced by one of bounded length, its places apportioned by largest remainder
 * with at least one for everybody. A share is then off by at most one place in the length, and those whose share is less
 * than a place get a whole one, taken from those who have most. With up to 200 candidates of weights up to 100 all cycles
 * are exact; 200 candidates of other weights have about 20,000 places.
 */
final class SmoothCycle {

    static final int MAX_LENGTH = 65_536;

    /** Steps of the inner loop (length by candidates) that building may take: some milliseconds. */
    private static final long MAX_WORK = 1 << 22;

    private SmoothCycle() {}

    /** @param weights positive */
    static int[] of(long[] weights) {
        long divisor = Arrays.stream(weights).reduce(0, SmoothCycle::gcd);
        long[] reduced = Arrays.stream(weights).map(weight -> weight / divisor).toArray();
        int bound = maxLength(weights.length);
        if (total(reduced) > bound) {
            reduced = apportion(reduced, bound);
        }
        return interleave(reduced);
    }

    static int maxLength(int candidates) {
        return (int) Math.max(candidates, Math.min(MAX_LENGTH, MAX_WORK / candidates));
    }

    private static int[] interleave(long[] weights) {
        int total = (int) total(weights);
        int[] cycle = new int[total];
        long[] credit = new long[weights.length];
        for (int step = 0; step < total; step++) {
            int best = 0;
            for (int i = 0; i < weights.length; i++) {
                credit[i] += weights[i];
                if (credit[i] > credit[best]) {
                    best = i;
                }
            }
            credit[best] -= total;
            cycle[step] = best;
        }
        return cycle;
    }

    /** Distributes {@code places} in proportion to the weights, by largest remainder, at least one to each. */
    private static long[] apportion(long[] weights, int places) {
        double total = Arrays.stream(weights).asDoubleStream().sum();
        long[] shares = new long[weights.length];
        double[] remainders = new double[weights.length];
        for (int i = 0; i < weights.length; i++) {
            double exact = weights[i] / total * places;
            shares[i] = Math.max(1, (long) exact);
            remainders[i] = exact - shares[i]; // negative where one place is more than the share
        }
        long left = places - total(shares);
        int[] byRemainder = IntStream.range(0, weights.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -remainders[i])
                        .thenComparing(i -> i))
                .mapToInt(Integer::intValue)
                .toArray();
        for (int i = 0; left > 0; i++, left--) {
            shares[byRemainder[i]]++;
        }
        // The many that got one place more than their share took them from those who have most.
        while (left < 0) {
            int most = 0;
            for (int i = 1; i < shares.length; i++) {
                if (shares[i] > shares[most]) {
                    most = i;
                }
            }
            shares[most]--;
            left++;
        }
        return shares;
    }

    private static long total(long[] weights) {
        return Arrays.stream(weights).sum();
    }

    static long gcd(long a, long b) {
        return b == 0 ? a : gcd(b, a % b);
    }
}
