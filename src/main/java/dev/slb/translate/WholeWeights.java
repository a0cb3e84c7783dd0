package dev.slb.translate;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Turns the exact weights of a group into whole numbers with the same ratios.
 *
 * <p>Whole weights stay as they are. Otherwise all are multiplied by the least common multiple of the denominators and
 * divided by their greatest common divisor: 90 shared by 2 pods and 10 shared by 3 are 45, 45, 10/3, 10/3, 10/3, so
 * 135, 135, 10, 10, 10, so 27, 27, 2, 2, 2.
 *
 * <p>With many entries of many pods the multiple can grow beyond any number. Then the total is {@link #MAX_TOTAL}, divided by
 * largest remainder, and no share is off by more than the number of servers in 2^40.
 */
final class WholeWeights {

    /** Sums and products with connection counts stay far inside a long. */
    static final long MAX_TOTAL = 1L << 40;

    private WholeWeights() {}

    /** In the order of the argument, which also breaks ties of rounding. */
    static List<Long> whole(List<Fraction> weights) {
        BigInteger multiple =
                weights.stream().map(Fraction::denominator).reduce(BigInteger.ONE, WholeWeights::leastCommonMultiple);
        List<BigInteger> scaled = weights.stream()
                .map(weight -> weight.numerator().multiply(multiple).divide(weight.denominator()))
                .toList();
        if (multiple.equals(BigInteger.ONE)) {
            return scaled.stream().map(BigInteger::longValueExact).toList();
        }
        BigInteger divisor =
                scaled.stream().reduce(BigInteger.ZERO, BigInteger::gcd).max(BigInteger.ONE);
        List<BigInteger> reduced =
                scaled.stream().map(weight -> weight.divide(divisor)).toList();
        BigInteger total = reduced.stream().reduce(BigInteger.ZERO, BigInteger::add);
        return total.compareTo(BigInteger.valueOf(MAX_TOTAL)) <= 0
                ? reduced.stream().map(BigInteger::longValueExact).toList()
                : apportioned(reduced, total);
    }

    private static BigInteger leastCommonMultiple(BigInteger a, BigInteger b) {
        return a.divide(a.gcd(b)).multiply(b);
    }

    /** Every positive weight gets at least 1, and the rest by largest remainder. */
    private static List<Long> apportioned(List<BigInteger> weights, BigInteger total) {
        long positive = weights.stream().filter(weight -> weight.signum() > 0).count();
        BigInteger seats = BigInteger.valueOf(MAX_TOTAL - positive);
        List<Long> result = new ArrayList<>();
        List<BigInteger> remainders = new ArrayList<>();
        long left = MAX_TOTAL;
        for (BigInteger weight : weights) {
            BigInteger[] share = weight.multiply(seats).divideAndRemainder(total);
            long whole = share[0].longValueExact() + weight.signum();
            result.add(whole);
            remainders.add(share[1]);
            left -= whole;
        }
        // Each remainder is less than one seat, so fewer seats are left than there are positive remainders.
        IntStream.range(0, weights.size())
                .boxed()
                .sorted(Comparator.comparing(remainders::get, Comparator.reverseOrder()))
                .limit(left)
                .forEach(index -> result.set(index, result.get(index) + 1));
        return List.copyOf(result);
    }
}
