package dev.slb.forwarder.schedule;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class ConsistentHashTest {

    private static final int KEYS = 100_000;

    /** Client addresses as they come: consecutive ones of a few networks. */
    private static long key(int number) {
        byte[] address = {10, (byte) (number >> 16), (byte) (number >> 8), (byte) number};
        try {
            return Hashes.source(InetAddress.getByAddress(address));
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> ids(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "web/7d1c-" + i + ":8080")
                .collect(Collectors.toCollection(ArrayList::new));
    }

    private static ConsistentHash<String> equal(List<String> ids) {
        return weighted(ids, id -> 100L);
    }

    private static ConsistentHash<String> weighted(List<String> ids, Function<String, Long> weight) {
        return ConsistentHash.of(
                ids, Function.identity(), ids.stream().map(weight).toList(), PickContext::sourceHash);
    }

    private static List<String> choices(ConsistentHash<String> hash) {
        return IntStream.range(0, KEYS)
                .mapToObj(i -> hash.pick(key(i), PickContext.FIRST))
                .toList();
    }

    private static Map<String, Integer> count(List<String> choices) {
        Map<String, Integer> counts = new HashMap<>();
        choices.forEach(each -> counts.merge(each, 1, Integer::sum));
        return counts;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 9})
    void oneOfTenThatGoesMovesATenthOfTheKeysAndNoneBetweenTheOthers(int removed) {
        List<String> ten = ids(10);
        String gone = ten.get(removed);
        List<String> before = choices(equal(ten));
        ten.remove(gone);
        List<String> after = choices(equal(ten));

        int moved = 0;
        for (int i = 0; i < KEYS; i++) {
            if (!before.get(i).equals(after.get(i))) {
                moved++;
                assertThat(before.get(i)).isEqualTo(gone);
            }
        }
        assertThat(moved / (double) KEYS).isCloseTo(0.10, within(0.02));
    }

    @Test
    void forwardersAgreeOnEveryKeyWhateverTheOrderOfTheirLists() {
        List<String> ids = ids(37);
        Function<String, Long> weight = id -> 1L + id.hashCode() % 5 + 5;
        List<String> expected = choices(weighted(ids, weight));

        Collections.shuffle(ids, new Random(1));

        assertThat(choices(weighted(ids, weight))).isEqualTo(expected);
    }

    /** If this fails, forwarders of two versions would not agree while one replaces the other. */
    @Test
    void theChoiceIsTheSameInEveryVersion() {
        ConsistentHash<String> hash = equal(ids(10));
        String first = IntStream.range(0, 20)
                .mapToObj(i -> hash.pick(key(i * 7919), PickContext.FIRST).replaceAll("web/7d1c-(\\d):8080", "$1"))
                .collect(Collectors.joining());

        assertThat(first).isEqualTo("59924303500339850048");
    }

    @Test
    void sharesAreThoseOfTheWeights() {
        Map<String, Long> weights = Map.of("a", 100L, "b", 50L, "c", 25L, "d", 1L);
        Map<String, Integer> counts = count(choices(weighted(List.of("a", "b", "c", "d"), weights::get)));

        weights.forEach((id, weight) ->
                assertThat(counts.get(id) / (double) KEYS).as(id).isCloseTo(weight / 176.0, within(0.015)));
    }

    @Test
    void equalServersGetEqualShares() {
        count(choices(equal(ids(10))))
                .forEach((id, count) -> assertThat(count / (double) KEYS).as(id).isCloseTo(0.1, within(0.01)));
    }

    @Test
    void onlyRatiosOfWeightsCount() {
        List<String> ids = ids(5);
        Function<String, Long> weight = id -> (long) id.charAt(9);

        assertThat(choices(weighted(ids, id -> weight.apply(id) * 21_000_000_000L)))
                .isEqualTo(choices(weighted(ids, weight)));
    }

    @Test
    void moreWeightTakesFromAllAndMovesNothingBetweenThem() {
        List<String> ids = ids(5);
        List<String> before = choices(equal(ids));
        List<String> after = choices(weighted(ids, id -> id.equals(ids.get(2)) ? 200L : 100L));

        for (int i = 0; i < KEYS; i++) {
            if (!before.get(i).equals(after.get(i))) {
                assertThat(after.get(i)).isEqualTo(ids.get(2));
            }
        }
        assertThat(count(after).get(ids.get(2)) / (double) KEYS).isCloseTo(1 / 3.0, within(0.02));
    }

    @Test
    void aRetryGetsWhatItWouldGetIfTheFirstWereNotThere() {
        List<String> ids = ids(6);
        ConsistentHash<String> all = equal(ids);
        ConsistentHash<String> fewer = equal(ids.subList(1, 6));

        for (int i = 0; i < 1_000; i++) {
            assertThat(all.pick(key(i), ids.get(0)::equals)).isEqualTo(fewer.pick(key(i), PickContext.FIRST));
        }
        assertThat(all.pick(key(1), Set.copyOf(ids)::contains)).isNull();
    }

    @Test
    void twoHundredServersAreBuiltInAMoment() {
        List<String> ids = ids(200);
        Random random = new Random(1);
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime();
        ConsistentHash<String> hash = weighted(ids, id -> 1L + random.nextInt(100));
        assertThat(Duration.ofNanos(threads.getCurrentThreadCpuTime() - start)).isLessThan(Duration.ofSeconds(2));
        assertThat(count(choices(hash))).hasSizeGreaterThan(190);
    }

    @Test
    void aSingleServerGetsEverything() {
        assertThat(count(choices(equal(List.of("a"))))).isEqualTo(Map.of("a", KEYS));
    }
}
