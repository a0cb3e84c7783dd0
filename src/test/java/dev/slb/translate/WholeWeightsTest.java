package dev.slb.translate;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

class WholeWeightsTest {

    @Test
    void wholeWeightsStayAsTheyAre() {
        assertThat(WholeWeights.whole(List.of(Fraction.of(100), Fraction.of(50), Fraction.of(0))))
                .containsExactly(100L, 50L, 0L);
    }

    @Test
    void fractionsBecomeTheSmallestWholeNumbersOfTheSameRatios() {
        assertThat(WholeWeights.whole(List.of(Fraction.of(90, 2), Fraction.of(90, 2), Fraction.of(10, 3))))
                .containsExactly(27L, 27L, 2L);
        assertThat(WholeWeights.whole(List.of(Fraction.of(1, 3), Fraction.of(1, 2))))
                .containsExactly(2L, 3L);
        assertThat(WholeWeights.whole(List.of(Fraction.of(100, 3), Fraction.of(100, 3), Fraction.of(100, 3))))
                .containsExactly(1L, 1L, 1L);
    }

    @Test
    void noServersHaveNoWeights() {
        assertThat(WholeWeights.whole(List.of())).isEmpty();
        assertThat(WholeWeights.whole(List.of(Fraction.of(0), Fraction.of(0, 3))))
                .containsExactly(0L, 0L);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void ratiosAreExactOrWithinTheRoundingOfTheCap(long seed) {
        Random random = new Random(seed);
        List<Fraction> weights = new ArrayList<>();
        int entries = 1 + random.nextInt(20);
        for (int entry = 0; entry < entries; entry++) {
            int pods = 1 + random.nextInt(10);
            int parts = pods + random.nextInt(1000);
            for (int pod = 0; pod < pods; pod++) {
                weights.add(Fraction.of(random.nextInt(101), parts));
            }
        }

        List<Long> whole = WholeWeights.whole(weights);

        long total = whole.stream().mapToLong(Long::longValue).sum();
        assertThat(total).as("seed %s", seed).isLessThanOrEqualTo(WholeWeights.MAX_TOTAL);
        // Compares shares cross-multiplied: w / total = n / d / sum.
        BigInteger denominators =
                weights.stream().map(Fraction::denominator).reduce(BigInteger.ONE, BigInteger::multiply);
        List<BigInteger> exact = weights.stream()
                .map(weight -> weight.numerator().multiply(denominators).divide(weight.denominator()))
                .toList();
        BigInteger sum = exact.stream().reduce(BigInteger.ZERO, BigInteger::add);
        for (int i = 0; i < whole.size(); i++) {
            BigInteger difference = exact.get(i)
                    .multiply(BigInteger.valueOf(total))
                    .subtract(sum.multiply(BigInteger.valueOf(whole.get(i))))
                    .abs();
            BigInteger tolerance =
                    total < WholeWeights.MAX_TOTAL ? BigInteger.ZERO : sum.multiply(BigInteger.valueOf(whole.size()));
            assertThat(difference).as("share %s with seed %s", i, seed).isLessThanOrEqualTo(tolerance);
            assertThat(whole.get(i) > 0).isEqualTo(exact.get(i).signum() > 0);
        }
    }

    @Test
    void aTotalThatExplodesIsCappedAndTheSmallestWeightIsStillOne() {
        List<Fraction> weights = new ArrayList<>(IntStream.of(97, 89, 83, 79, 73, 71, 67)
                .mapToObj(prime -> Fraction.of(100, prime))
                .toList());
        weights.add(Fraction.of(1, WholeWeights.MAX_TOTAL));
        weights.add(Fraction.of(0));

        List<Long> whole = WholeWeights.whole(weights);

        assertThat(whole.stream().mapToLong(Long::longValue).sum()).isEqualTo(WholeWeights.MAX_TOTAL);
        assertThat(whole.subList(0, 7)).isSorted();
        assertThat(whole.subList(7, 9)).containsExactly(1L, 0L);
    }
}
