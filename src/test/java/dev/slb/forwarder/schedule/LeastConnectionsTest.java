package dev.slb.forwarder.schedule;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class LeastConnectionsTest {

    private final Map<String, Integer> active = new HashMap<>();
    private final Position position = new Position(new SplittableRandom(1));

    private LeastConnections<String> of(long... weights) {
        List<String> names = List.of("a", "b", "c", "d").subList(0, weights.length);
        return LeastConnections.of(
                names, LongStream.of(weights).boxed().toList(), name -> active.getOrDefault(name, 0), position, null);
    }

    /** Picks and lets it run. */
    private String open(Picker<String> picker) {
        String picked = picker.pick(PickContext.FIRST);
        active.merge(picked, 1, Integer::sum);
        return picked;
    }

    @Test
    void whoHasLeastForItsWeightGetsTheNext() {
        LeastConnections<String> picker = of(100, 50, 25);
        for (int i = 0; i < 70; i++) {
            open(picker);
        }

        assertThat(active).isEqualTo(Map.of("a", 40, "b", 20, "c", 10));
    }

    @Test
    void longOnesAreAvoided() {
        LeastConnections<String> picker = of(1, 1, 1);
        active.put("a", 3);

        for (int i = 0; i < 6; i++) {
            assertThat(open(picker)).isIn("b", "c");
        }
        assertThat(active).isEqualTo(Map.of("a", 3, "b", 3, "c", 3));
    }

    @Test
    void ofEqualLoadsTheHigherWeightWins() {
        active.putAll(Map.of("a", 0, "b", 1, "c", 1));

        assertThat(of(50, 100, 100).pick(PickContext.FIRST)).isIn("b", "c");
        assertThat(of(50, 100, 99).pick(PickContext.FIRST)).isEqualTo("b");
    }

    @Test
    void equalOnesGetTheNextInTurn() {
        LeastConnections<String> picker = of(1, 1, 1, 1);
        active.putAll(Map.of("a", 5, "b", 2, "c", 2, "d", 2));
        StringBuilder picks = new StringBuilder();
        for (int i = 0; i < 6; i++) {
            picks.append(picker.pick(PickContext.FIRST)); // each is over before the next
        }

        assertThat(picks.toString()).isEqualTo("bcdbcd");
    }

    @Test
    void anIdleGroupSpreadsByWeight() {
        LeastConnections<String> picker = of(100, 50, 25);
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < 700; i++) {
            counts.merge(picker.pick(PickContext.FIRST), 1, Integer::sum);
        }

        assertThat(counts).isEqualTo(Map.of("a", 400, "b", 200, "c", 100));
    }

    @Test
    void aReplacementGoesOnInItsPlace() {
        LeastConnections<String> before = of(5, 2, 1);
        StringBuilder picks = new StringBuilder();
        for (int i = 0; i < 3; i++) {
            picks.append(before.pick(PickContext.FIRST));
        }
        LeastConnections<String> after =
                LeastConnections.of(List.of("a", "b", "c"), List.of(50L, 20L, 10L), name -> 0, position, before);
        for (int i = 0; i < 5; i++) {
            picks.append(after.pick(PickContext.FIRST));
        }

        assertThat(picks.toString()).isEqualTo("abaacaba");
    }

    @Test
    void largeWeightsKeepTheirRatios() {
        LeastConnections<String> picker = of(7L << 55, 2L << 55, 1L << 55);
        for (int i = 0; i < 100; i++) {
            open(picker);
        }
        assertThat(active).isEqualTo(Map.of("a", 70, "b", 20, "c", 10));

        active.clear();
        LeastConnections<String> uneven = of((1L << 60) + 1, (1L << 59) + 3, 1);
        for (int i = 0; i < 300; i++) {
            open(uneven);
        }
        assertThat(active.get("a")).isCloseTo(200, within(2));
        assertThat(active).doesNotContainKey("c");
    }

    @Test
    void aRetryGoesToSomebodyElse() {
        LeastConnections<String> picker = of(100, 1, 1);

        assertThat(picker.pick("a"::equals)).isIn("b", "c");
        active.put("b", 2);
        assertThat(picker.pick("a"::equals)).isEqualTo("c");
        assertThat(picker.pick(Set.of("a", "b", "c")::contains)).isNull();
    }

    @Test
    void aRetryTakesNobodysTurnWhileTheGroupIsIdle() {
        LeastConnections<String> balancer = of(1, 1);
        StringBuilder first = new StringBuilder();
        for (int i = 0; i < 6; i++) {
            String picked = balancer.pick(PickContext.FIRST);
            first.append(picked);
            if (picked.equals("a")) {
                assertThat(balancer.pick("a"::equals)).isEqualTo("b");
            }
        }

        assertThat(first.toString()).isEqualTo("ababab");
    }

    @Test
    void aRetryTakesNobodysTurnAmongEqualOnes() {
        LeastConnections<String> balancer = of(1, 1, 1);
        active.putAll(Map.of("a", 2, "b", 2, "c", 2));
        StringBuilder first = new StringBuilder();
        Map<String, Integer> retried = new HashMap<>();
        for (int i = 0; i < 12; i++) {
            String picked = balancer.pick(PickContext.FIRST);
            first.append(picked);
            if (picked.equals("a")) {
                retried.merge(balancer.pick("a"::equals), 1, Integer::sum); // each is over before the next
            }
        }

        assertThat(first.toString()).isEqualTo("abcabcabcabc");
        assertThat(retried).isEqualTo(Map.of("b", 2, "c", 2));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void loadsStayInProportionAsConnectionsComeAndGo(long seed) {
        Random random = new Random(seed);
        LeastConnections<String> picker = of(40, 30, 20, 10);
        for (int i = 0; i < 20_000; i++) {
            open(picker);
            if (i >= 1_000) {
                List<String> running = active.entrySet().stream()
                        .filter(each -> each.getValue() > 0)
                        .map(Map.Entry::getKey)
                        .sorted()
                        .toList();
                active.merge(running.get(random.nextInt(running.size())), -1, Integer::sum);
            }
        }

        assertThat(active.get("a")).as("seed %d: %s", seed, active).isCloseTo(400, within(4));
        assertThat(active.get("d")).as("seed %d: %s", seed, active).isCloseTo(100, within(4));
    }
}
