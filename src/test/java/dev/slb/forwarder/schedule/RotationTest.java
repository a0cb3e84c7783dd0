package dev.slb.forwarder.schedule;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.within;

class RotationTest {

    private final Position position = new Position(new SplittableRandom(1));

    private static Rotation<String> weighted(long... weights) {
        return Rotation.weighted(names(weights.length), list(weights), new Position(new SplittableRandom(1)), null);
    }

    private static List<String> names(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> String.valueOf((char) ('a' + i)))
                .toList();
    }

    private static List<Long> list(long... weights) {
        return LongStream.of(weights).boxed().toList();
    }

    private static <T> List<T> pick(Picker<T> picker, int times) {
        List<T> picks = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            picks.add(picker.pick(PickContext.FIRST));
        }
        return picks;
    }

    private static <T> Map<T, Integer> count(List<T> picks) {
        Map<T, Integer> counts = new HashMap<>();
        picks.forEach(each -> counts.merge(each, 1, Integer::sum));
        return counts;
    }

    @Test
    void weightsInterleaveAsNginxDoesIt() {
        assertThat(String.join("", pick(weighted(5, 2, 1), 16))).isEqualTo("abaacaba" + "abaacaba");
        assertThat(String.join("", pick(weighted(5, 1, 1), 7))).isEqualTo("aabacaa");
        assertThat(String.join("", pick(weighted(4, 3, 2), 9))).isEqualTo("abcabacba");
    }

    @Test
    void everyWindowOfEightPicksIsExactlyFiveTwoOne() {
        List<String> picks = pick(weighted(5, 2, 1), 200);

        for (int i = 0; i + 8 <= picks.size(); i++) {
            assertThat(count(picks.subList(i, i + 8))).isEqualTo(Map.of("a", 5, "b", 2, "c", 1));
        }
    }

    @Test
    void equalWeightsArePlainRotation() {
        assertThat(String.join("", pick(weighted(100, 100, 100), 7))).isEqualTo("abcabca");
        assertThat(String.join("", pick(Rotation.roundRobin(names(3), position, null), 6)))
                .isEqualTo("abcabc");
    }

    static List<Long> seeds() {
        return LongStream.range(0, 40).boxed().toList();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void anyWindowOfOneCycleHoldsEverybodyAsOftenAsItsWeightSays(long seed) {
        Random random = new Random(seed);
        long[] weights = random.longs(1 + random.nextInt(12), 1, 101).toArray();
        Rotation<String> rotation = weighted(weights);
        int cycle = rotation.cycle().size();
        List<String> picks = pick(rotation, 2 * cycle);
        double total = LongStream.of(weights).sum();

        for (int from : new int[] {0, random.nextInt(cycle), cycle - 1}) {
            Map<String, Integer> counts = count(picks.subList(from, from + cycle));
            for (int i = 0; i < weights.length; i++) {
                assertThat(counts.get(names(weights.length).get(i)))
                        .as("seed %d, weights %s", seed, list(weights))
                        .isEqualTo((int) Math.round(weights[i] / total * cycle));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everyBeginningOfTheCycleIsCloseToTheWeights(long seed) {
        Random random = new Random(seed);
        long[] weights = random.longs(2 + random.nextInt(20), 1, 101).toArray();
        List<String> picks = pick(weighted(weights), 1_000);
        double total = LongStream.of(weights).sum();
        Map<String, Integer> counts = new HashMap<>();
        List<String> names = names(weights.length);

        double farthest = 0;
        for (int n = 1; n <= picks.size(); n++) {
            counts.merge(picks.get(n - 1), 1, Integer::sum);
            for (int i = 0; i < weights.length; i++) {
                double ideal = n * weights[i] / total;
                int actual = counts.getOrDefault(names.get(i), 0);
                farthest = Math.max(farthest, Math.abs(actual - ideal));
            }
        }

        assertThat(farthest).as("seed %d, weights %s", seed, list(weights)).isLessThan(1 + 0.35 * weights.length);
    }

    @Test
    void largeScaledWeightsKeepTheirRatios() {
        // 1/3, 1/7 and the rest, as exact fractions over 21 * 10^9
        Map<String, Integer> counts = count(pick(weighted(7_000_000_000L, 3_000_000_000L, 11_000_000_000L), 21_000));

        assertThat(counts).isEqualTo(Map.of("a", 7_000, "b", 3_000, "c", 11_000));
    }

    @Test
    void weightsWhoseCycleWouldBeTooLongAreApportioned() {
        long[] weights = {(1L << 40) - 1, 1_000_003, 1, (1L << 39) + 7};
        Rotation<String> rotation = weighted(weights);
        List<String> cycle = rotation.cycle();
        double total = LongStream.of(weights).sum();

        assertThat(cycle).hasSize(SmoothCycle.MAX_LENGTH);
        Map<String, Integer> counts = count(cycle);
        for (int i = 0; i < weights.length; i++) {
            assertThat((double) counts.get(names(4).get(i))).isCloseTo(weights[i] / total * cycle.size(), within(2.5));
        }
    }

    @Test
    void everybodyWithAWeightGetsSomething() {
        long[] weights = new Random(7).longs(200, 1, 4).toArray();
        weights[0] = 1L << 40;

        List<Integer> cycle = new ArrayList<>();
        for (int i : SmoothCycle.of(weights)) {
            cycle.add(i);
        }

        assertThat(cycle).hasSize(SmoothCycle.maxLength(200));
        assertThat(Set.copyOf(cycle)).hasSize(200);
    }

    @Test
    void twoHundredServersAreBuiltInAMoment() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long[] weights = new Random(1).longs(200, 1, 101).toArray();
        long start = threads.getCurrentThreadCpuTime();
        SmoothCycle.of(weights);
        assertThat(Duration.ofNanos(threads.getCurrentThreadCpuTime() - start)).isLessThan(Duration.ofSeconds(2));
    }

    @Test
    void aRetryGoesToSomebodyElse() {
        Rotation<String> rotation = weighted(1_000, 1, 1);

        assertThat(rotation.pick("a"::equals)).isIn("b", "c");
        assertThat(rotation.pick(Set.of("a", "b")::contains)).isEqualTo("c");
        assertThat(rotation.pick(Set.of("a", "b", "c")::contains)).isNull();
    }

    /** As a request does it: the next, and another when that can't be reached. Gives who was tried first. */
    private static String tryUntilReached(Picker<String> balancer, Set<String> dead, Map<String, Integer> reached) {
        String first = balancer.pick(PickContext.FIRST);
        Set<String> tried = new HashSet<>();
        String picked = first;
        while (dead.contains(picked)) {
            tried.add(picked);
            picked = balancer.pick(tried::contains);
        }
        reached.merge(picked, 1, Integer::sum);
        return first;
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 7})
    void aRetryTakesNobodysTurn(int servers) {
        for (Rotation<String> rotation : List.of(
                Rotation.roundRobin(names(servers), new Position(new SplittableRandom(1)), null),
                Rotation.weighted(
                        names(servers),
                        Collections.nCopies(servers, 100L),
                        new Position(new SplittableRandom(1)),
                        null))) {
            List<String> first = new ArrayList<>();
            for (int i = 0; i < 10 * servers; i++) {
                first.add(tryUntilReached(rotation, Set.of("a"), new HashMap<>()));
            }

            assertThat(first)
                    .isEqualTo(pick(
                            weighted(LongStream.generate(() -> 1).limit(servers).toArray()), 10 * servers));
        }
    }

    @Test
    void retriesAreSpreadOverTheOthersByWeight() {
        Rotation<String> rotation = weighted(8, 1, 2, 4);
        Map<String, Integer> reached = new HashMap<>();
        Map<String, Integer> farthest = new HashMap<>();
        for (int i = 1; i <= 1_500; i++) {
            tryUntilReached(rotation, Set.of("a"), reached);
            int requests = i;
            Map.of("b", 1 / 7.0, "c", 2 / 7.0, "d", 4 / 7.0)
                    .forEach((name, share) -> farthest.merge(
                            name, (int) Math.abs(reached.getOrDefault(name, 0) - share * requests), Math::max));
        }

        assertThat(farthest)
                .as("%s", reached)
                .allSatisfy((name, off) -> assertThat(off).isLessThanOrEqualTo(3));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void retriesOfSeveralThatFailInTurnAreSpreadAsWell(long seed) {
        Random random = new Random(seed);
        long[] weights = random.longs(5, 1, 101).toArray();
        Rotation<String> rotation = weighted(weights);
        Map<String, Double> expected = new HashMap<>();
        Map<String, Integer> retried = new HashMap<>();
        List<String> names = names(5);
        double total = LongStream.of(weights).sum();
        for (int i = 0; i < 4_000; i++) {
            int failed = i % 2 == 0 ? 0 : i % 4 == 1 ? 1 : 2;
            retried.merge(rotation.pick(names.get(failed)::equals), 1, Integer::sum);
            for (int j = 0; j < 5; j++) {
                if (j != failed) {
                    expected.merge(names.get(j), weights[j] / (total - weights[failed]), Double::sum);
                }
            }
        }

        names.forEach(name -> assertThat((double) retried.getOrDefault(name, 0))
                .as("seed %d, weights %s: %s of %s", seed, list(weights), name, retried)
                .isCloseTo(expected.get(name), within(15.0)));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void editsOfWeightsBetweenPicksDoNotSkew(long seed) {
        Random random = new Random(seed);
        long[] weights = {50, 30, 20};
        Rotation<String> rotation = Rotation.weighted(names(3), list(weights), position, null);
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < 10_000; i++) {
            if (random.nextInt(3) == 0) {
                // Nearly the same weights: cycles of many lengths.
                long[] next = {50 + random.nextInt(3), 30 + random.nextInt(2), 20 + random.nextInt(2)};
                rotation = Rotation.weighted(names(3), list(next), position, rotation);
            }
            counts.merge(rotation.pick(PickContext.FIRST), 1, Integer::sum);
        }

        assertThat(counts.get("a")).as("seed %d: %s", seed, counts).isBetween(4_850, 5_150);
        assertThat(counts.get("b")).as("seed %d: %s", seed, counts).isBetween(2_850, 3_150);
        assertThat(counts.get("c")).as("seed %d: %s", seed, counts).isBetween(1_850, 2_150);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void aServerThatComesAndGoesDoesNotStarveTheOthers(int picksBetween) {
        Rotation<String> rotation = Rotation.roundRobin(names(4), position, null);
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < 1_200; i++) {
            rotation = Rotation.roundRobin(names(i % 2 == 0 ? 3 : 4), position, rotation);
            pick(rotation, picksBetween).forEach(each -> counts.merge(each, 1, Integer::sum));
        }

        double total = 1_200 * picksBetween;
        for (String each : List.of("a", "b", "c")) {
            assertThat(counts.get(each) / total).as("%s of %s", each, counts).isCloseTo(7 / 24.0, within(0.07));
        }
        assertThat(counts.get("d") / total).as("%s", counts).isCloseTo(1 / 8.0, within(0.05));
    }

    @Test
    void anEditThatKeepsTheWeightsKeepsTheSequence() {
        Rotation<String> before = Rotation.weighted(names(3), list(5, 2, 1), position, null);
        List<String> picks = pick(before, 3);
        Rotation<String> after = Rotation.weighted(names(3), list(50, 20, 10), position, before);
        picks.addAll(pick(after, 5));

        assertThat(String.join("", picks)).isEqualTo("abaacaba");
    }

    @Test
    void manyThreadsTogetherKeepTheWeightsExactly() throws InterruptedException {
        Rotation<String> rotation = weighted(100, 50, 25);
        AtomicIntegerArray counts = new AtomicIntegerArray(3);
        CountDownLatch done = new CountDownLatch(4);
        for (int thread = 0; thread < 4; thread++) {
            new Thread(() -> {
                        for (int i = 0; i < 7_000; i++) {
                            counts.incrementAndGet(
                                    rotation.pick(PickContext.FIRST).charAt(0) - 'a');
                        }
                        done.countDown();
                    })
                    .start();
        }
        done.await();

        assertThat(List.of(counts.get(0), counts.get(1), counts.get(2))).isEqualTo(List.of(16_000, 8_000, 4_000));
    }

    @Test
    void aSingleCandidateIsAlwaysPicked() {
        assertThat(Collections.frequency(pick(weighted(7), 100), "a")).isEqualTo(100);
        assertThatNoException().isThrownBy(() -> weighted(Long.MAX_VALUE / 2).pick(PickContext.FIRST));
    }
}
