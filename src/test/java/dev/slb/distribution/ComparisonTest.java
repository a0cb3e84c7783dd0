package dev.slb.distribution;

import dev.slb.distribution.Cause.Kind;
import dev.slb.distribution.Comparison.Verdict;
import dev.slb.plan.SchedulerType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

class ComparisonTest {

    private static final double SIGNIFICANCE = 0.01;
    private static final Policy EVEN = weights("a=50,b=50");

    private final GroupTally tally = new GroupTally("");
    private int second;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void seventyToThirtyAtEqualWeightsIsCalled(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 1000; i++) {
            hit(random.nextInt(10) < 7 ? "a" : "b", "client" + random.nextInt(300), -1);
        }

        Comparison comparison = compare(EVEN);

        assertThat(comparison.verdict()).as("seed %d", seed).isEqualTo(Verdict.DIFFERS);
        assertThat(kinds(comparison)).as("seed %d", seed).containsExactly(Kind.UNEQUAL_WEIGHTS);
        assertThat(comparison.causes().get(0).evidence()).contains(" : ");
    }

    @Test
    void fiftyTwoToFortyEightOfTwoHundredIsChance() {
        for (int i = 0; i < 200; i++) {
            hit(i % 25 < 13 ? "a" : "b", "client" + i, -1);
        }
        assertThat(tally.counts()).startsWith(104, 96);

        Comparison comparison = compare(EVEN);

        assertThat(comparison.verdict()).isEqualTo(Verdict.FOLLOWS);
        assertThat(comparison.causes()).isEmpty();
        assertThat(comparison.warnings()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void trafficByTheWeightsFollowsThem(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            int at = random.nextInt(175);
            hit(at < 100 ? "a" : at < 150 ? "b" : "c", "client" + random.nextInt(50), random.nextInt(60_000));
        }

        assertThat(compare(weights("a=100,b=50,c=25")).verdict())
                .as("seed %d", seed)
                .isEqualTo(Verdict.FOLLOWS);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneClientBehindPersistenceIsNamed(boolean withPorts) {
        for (int i = 0; i < 500; i++) {
            hit("a", "198.51.100.7", withPorts ? 1024 + i / 2 : -1);
        }

        Comparison comparison = compare(EVEN);

        assertThat(comparison.verdict()).isEqualTo(Verdict.DIFFERS);
        assertThat(kinds(comparison)).startsWith(Kind.PERSISTENCE, Kind.FEW_CLIENTS);
        assertThat(comparison.causes().get(0).explains()).isTrue();
        assertThat(comparison.causes().get(0).evidence())
                .contains(withPorts ? "249 of 249" : "499 of 499", "1 of 1 clients")
                .doesNotContain("NaN");
        assertThat(kinds(comparison)).doesNotContain(Kind.HEALTH, Kind.KEEP_ALIVE);
    }

    @Test
    void oneClientOnOneConnectionMayBePersistenceOrKeepAlive() {
        for (int i = 0; i < 500; i++) {
            hit("a", "198.51.100.7", 1024);
        }

        assertThat(kinds(compare(EVEN))).startsWith(Kind.PERSISTENCE).contains(Kind.KEEP_ALIVE);
    }

    @Test
    void aFewHeavyClientsThatStickAreToldFromManyLightOnes() {
        Random random = new Random(11);
        for (int i = 0; i < 5000; i++) {
            int client = random.nextInt(100) < 60 ? 0 : random.nextInt(200);
            hit(client % 2 == 0 ? "a" : "b", "client" + client, -1);
        }

        Comparison all = compare(EVEN);
        Comparison distinct = Comparison.of(tally, EVEN, true, SIGNIFICANCE, true);

        assertThat(all.verdict()).isEqualTo(Verdict.DIFFERS);
        assertThat(kinds(all)).startsWith(Kind.PERSISTENCE).doesNotContain(Kind.FEW_CLIENTS);
        assertThat(all.causes().get(0).explains()).isTrue();
        assertThat(distinct.verdict()).isEqualTo(Verdict.FOLLOWS);
        assertThat(distinct.counted()).isEqualTo(200);
    }

    @Test
    void keepAliveIsNamedWhereConnectionsFollowTheWeightsAndRequestsDoNot() {
        Random random = new Random(5);
        for (int connection = 0; connection < 400; connection++) {
            String server = connection % 2 == 0 ? "a" : "b";
            int requests = server.equals("a") ? 40 + random.nextInt(20) : 1 + random.nextInt(4);
            for (int i = 0; i < requests; i++) {
                hit(server, "client" + connection % 7, 2000 + connection);
            }
        }

        Comparison comparison = compare(EVEN);

        assertThat(kinds(comparison)).startsWith(Kind.KEEP_ALIVE).doesNotContain(Kind.PERSISTENCE);
        assertThat(comparison.causes().get(0).explains()).isTrue();
        assertThat(comparison.causes().get(0).evidence()).contains("on 400 connections");
    }

    @Test
    void aServerThatWasAwayForAWhileIsNamed() {
        Random random = new Random(9);
        for (int i = 0; i < 10_000; i++) {
            boolean away = i >= 4000 && i < 6000;
            int at = random.nextInt(away ? 2 : 3);
            hit(at == 0 ? "a" : at == 1 ? "b" : "c", "client" + random.nextInt(1000), -1);
        }

        Comparison comparison = compare(weights("a=1,b=1,c=1"));

        assertThat(kinds(comparison)).containsExactly(Kind.HEALTH);
        assertThat(comparison.causes().get(0).explains()).isTrue();
        assertThat(comparison.causes().get(0).evidence()).contains("c got nothing from ", "while the others got");
    }

    @Test
    void aServerThatNeverGotAnythingIsNamed() {
        for (int i = 0; i < 1000; i++) {
            hit(i % 2 == 0 ? "a" : "b", "client" + i, -1);
        }

        Comparison comparison = compare(weights("a=1,b=1,c=1"));

        assertThat(comparison.servers())
                .extracting(Comparison.ServerShare::server)
                .containsExactly("a", "b", "c");
        assertThat(kinds(comparison)).containsExactly(Kind.HEALTH);
        assertThat(comparison.causes().get(0).evidence()).contains("c got nothing at all");
        assertThat(comparison.causes().get(0).explains()).isTrue();
    }

    @Test
    void weightsWithoutEffectAreNamed() {
        for (int i = 0; i < 2000; i++) {
            hit(i % 2 == 0 ? "a" : "b", "client" + i, -1);
        }

        Comparison comparison = compare(weights("a=100,b=50"));

        assertThat(kinds(comparison)).containsExactly(Kind.UNEQUAL_WEIGHTS);
        assertThat(comparison.causes().get(0).evidence()).contains("fit equal weights");
        assertThat(compare(new Policy("g", Weights.parse("a=100,b=50"), SchedulerType.RR, false))
                        .verdict())
                .isEqualTo(Verdict.FOLLOWS);
    }

    @Test
    void wlcWithPersistenceIsNamed() {
        for (int i = 0; i < 500; i++) {
            hit(i % 10 == 0 ? "b" : "a", "client" + i % 10, -1);
        }

        Comparison comparison = compare(new Policy("g", Weights.parse("a=1,b=1"), SchedulerType.WLC, true));

        assertThat(kinds(comparison)).contains(Kind.PERSISTENCE, Kind.WLC_WITH_PERSISTENCE);
    }

    @Test
    void aServerOfWeightZeroThatGotTrafficIsAlwaysCalled() {
        for (int i = 0; i < 10_000; i++) {
            hit(i % 2 == 0 ? "a" : "b", "client" + i, -1);
        }
        hit("c", "one", -1);

        Comparison comparison = compare(weights("a=1,b=1,c=0"));

        assertThat(comparison.verdict()).isEqualTo(Verdict.DIFFERS);
        assertThat(comparison.test().pValue()).isGreaterThan(SIGNIFICANCE);
        assertThat(kinds(comparison)).containsExactly(Kind.ZERO_WEIGHT);
        assertThat(comparison.causes().get(0).evidence()).contains("c got 1");
    }

    @Test
    void aServerWithoutAWeightIsLeftOutAndSaid() {
        for (int i = 0; i < 300; i++) {
            hit(List.of("a", "b", "x").get(i % 3), "client" + i, -1);
        }

        Comparison comparison = compare(EVEN);

        assertThat(comparison.verdict()).isEqualTo(Verdict.FOLLOWS);
        assertThat(comparison.servers().get(2).weight()).isNull();
        assertThat(comparison.warnings()).containsExactly("x has no weight and is left out");
    }

    @Test
    void smallExpectedCountsAreSaid() {
        for (int i = 0; i < 6; i++) {
            hit(i % 2 == 0 ? "a" : "b", "client" + i, -1);
        }

        assertThat(compare(EVEN).warnings())
                .anyMatch(warning -> warning.startsWith("the smallest expected count is 3"));
    }

    @Test
    void weightsOfOtherServersAreNotCompared() {
        hit("x", "client", -1);

        assertThat(compare(EVEN).verdict()).isEqualTo(Verdict.NOT_COMPARED);
        assertThat(compare(Policy.UNKNOWN).verdict()).isEqualTo(Verdict.NOT_COMPARED);
    }

    @Test
    void aPeriodOfAnyLengthHasABoundedTimeline() {
        for (int i = 0; i < 100_000; i++) {
            hit("s" + i % 3, null, -1);
        }

        List<Timeline.Span> spans = tally.timeline().spans();

        assertThat(spans).hasSizeBetween(Timeline.SPANS / 2, Timeline.SPANS);
        assertThat(spans.stream().mapToLong(Timeline.Span::total).sum()).isEqualTo(100_000);
        assertThat(spans.stream().mapToLong(span -> span.count(1)).sum()).isEqualTo(33_333);
    }

    private void hit(String server, String client, int port) {
        tally.add(new Hit("", server, client, port, 1_795_000_000_000L + 1000L * second++));
    }

    private Comparison compare(Policy policy) {
        return Comparison.of(tally, policy, false, SIGNIFICANCE, true);
    }

    private static Policy weights(String text) {
        return Policy.UNKNOWN.with(Weights.parse(text));
    }

    private static List<Kind> kinds(Comparison comparison) {
        return comparison.causes().stream().map(Cause::kind).toList();
    }
}
