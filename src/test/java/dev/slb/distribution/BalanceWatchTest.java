package dev.slb.distribution;

import dev.slb.distribution.BalanceWatch.Options;
import dev.slb.distribution.BalanceWatch.Server;
import dev.slb.distribution.BalanceWatch.Use;
import dev.slb.plan.DocumentId;
import dev.slb.plan.GroupBalance;
import dev.slb.plan.GroupBalance.Reason;
import dev.slb.plan.GroupBalance.Verdict;
import dev.slb.plan.SchedulerType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

/** One look a second; a window is 10 s long. */
class BalanceWatchTest {

    private static final DocumentId WEB = DocumentId.vServerGroup("shop", "web");
    private static final DocumentId LISTENER = DocumentId.listener("shop", "http");

    private final BalanceWatch watch = new BalanceWatch(WEB, Options.defaults());

    private Set<SchedulerType> schedulers = EnumSet.of(SchedulerType.WRR);
    private boolean persistent;
    private long slowStartMillis;
    private long[] weights = {1, 1};
    private boolean[] usable = {true, true};
    private long[] picks = new long[2];
    private long clients = 1000;
    private long[] choices = new long[3];
    private boolean everybodyIsNew;
    private long now;

    private GroupBalance look(long... more) {
        List<Server> servers = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            picks[i] += more[i];
            choices[i] += !persistent || everybodyIsNew ? more[i] : 1;
            servers.add(new Server("id-" + i, "web-" + i, weights[i], usable[i], picks[i], choices[i]));
        }
        now += 1000;
        return watch.look(
                List.of(new Use(LISTENER, schedulers, persistent, millis -> clients, servers)), slowStartMillis, now);
    }

    private GroupBalance looks(int times, long... more) {
        GroupBalance answer = null;
        for (int i = 0; i < times; i++) {
            answer = look(more);
        }
        return answer;
    }

    private GroupBalance windows(int count, long... more) {
        return looks(10 * count, more);
    }

    @Test
    void thereIsNoAnswerBeforeTheFirstWindowHasEnded() {
        look(0, 0);

        assertThat(looks(9, 10, 10)).isNull();
        assertThat(look(10, 10)).isEqualTo(new GroupBalance(WEB, Verdict.FOLLOWS, null, 200, 1.0, List.of()));
    }

    @Test
    void itTurnsAfterThreeWindowsThatDifferAndBackAfterThreeThatDoNot() {
        look(0, 0);
        GroupBalance good = windows(1, 10, 10);

        assertThat(windows(2, 14, 6)).isSameAs(good);
        GroupBalance bad = windows(1, 14, 6);
        assertThat(bad.verdict()).isEqualTo(Verdict.DIFFERS);
        assertThat(bad.reason()).isEqualTo(Reason.UNEXPLAINED);
        assertThat(bad.counted()).isEqualTo(200);
        assertThat(bad.shares())
                .containsExactly(
                        new GroupBalance.Share("id-0", "web-0", 500, 700),
                        new GroupBalance.Share("id-1", "web-1", 500, 300));

        // The report of a forwarder changes with it: not with every window.
        assertThat(windows(5, 20, 6)).isSameAs(bad);
        assertThat(windows(2, 10, 10)).isSameAs(bad);
        assertThat(windows(1, 20, 6)).isSameAs(bad);
        assertThat(windows(2, 10, 10)).isSameAs(bad);
        assertThat(windows(1, 10, 10).verdict()).isEqualTo(Verdict.FOLLOWS);
    }

    @Test
    void weightsSayWhatIsExpected() {
        weights = new long[] {3, 1};
        look(0, 0);
        assertThat(windows(1, 30, 10).verdict()).isEqualTo(Verdict.FOLLOWS);
        assertThat(windows(3, 20, 20).verdict()).isEqualTo(Verdict.DIFFERS);
    }

    @Test
    void roundRobinExpectsEqualSharesWhateverTheWeights() {
        schedulers = EnumSet.of(SchedulerType.RR);
        weights = new long[] {3, 1};
        look(0, 0);
        assertThat(windows(1, 20, 20).verdict()).isEqualTo(Verdict.FOLLOWS);
    }

    @Test
    void chanceAndSmallDifferencesAreNotCalled() {
        look(0, 0);
        assertThat(windows(5, 11, 9).verdict()).as("p = 0.16").isEqualTo(Verdict.FOLLOWS);
        assertThat(windows(5, 52_000, 48_000).verdict())
                .as("significant, and 2 %")
                .isEqualTo(Verdict.FOLLOWS);
    }

    @Test
    void withTooLittleTrafficTheWindowGoesOnAndInTheEndThereIsNoAnswer() {
        look(0, 0);
        assertThat(windows(1, 10, 10)).isNotNull();
        look(1, 1);
        assertThat(looks(598, 0, 0)).isNotNull();
        assertThat(looks(2, 0, 0)).isNull();
        assertThat(windows(1, 10, 10)).isNotNull();
    }

    @Test
    void littleTrafficSuffersNoServerThatGetsNothing() {
        weights = new long[] {3, 1};
        look(0, 0);
        assertThat(windows(2, 4, 1).verdict()).isEqualTo(Verdict.FOLLOWS);

        assertThat(windows(12, 5, 0).verdict()).isEqualTo(Verdict.DIFFERS);
    }

    @Test
    void manySmallSharesAreNotWaitedFor() {
        weights = new long[25];
        usable = new boolean[25];
        picks = new long[25];
        choices = new long[25];
        long[] more = new long[25];
        Arrays.fill(weights, 1);
        Arrays.fill(usable, true);
        look(more);
        Arrays.fill(more, 1);

        assertThat(windows(1, more).verdict()).isEqualTo(Verdict.FOLLOWS);
    }

    @Test
    void aServerThatIsAwayAllTheTimeIsNotMissed() {
        weights = new long[] {1, 1, 1};
        usable = new boolean[] {true, true, false};
        picks = new long[3];
        look(0, 0, 0);
        assertThat(windows(4, 10, 10, 0).verdict()).isEqualTo(Verdict.FOLLOWS);
    }

    @Test
    void serversThatComeAndGoAreTheCauseWhereTheirTimeExplainsIt() {
        look(0, 0);
        for (int window = 0; window < 4; window++) {
            usable[1] = true;
            looks(5, 10, 10);
            usable[1] = false;
            looks(5, 20, 0);
        }
        GroupBalance answer = look(0, 0);

        assertThat(answer.verdict()).isEqualTo(Verdict.DIFFERS);
        assertThat(answer.reason()).isEqualTo(Reason.HEALTH);
    }

    @Test
    void persistenceIsTheLikelyCauseAndFewClientsWhereTheyAreFew() {
        persistent = true;
        look(0, 0);
        assertThat(windows(3, 30, 10).reason()).isEqualTo(Reason.PERSISTENCE);

        everybodyIsNew = true;
        assertThat(windows(3, 30, 10).reason()).isEqualTo(Reason.UNEXPLAINED);
        everybodyIsNew = false;

        clients = 19;
        assertThat(windows(2, 30, 10).reason()).isEqualTo(Reason.UNEXPLAINED);
        assertThat(windows(1, 30, 10).reason()).isEqualTo(Reason.FEW_CLIENTS);
    }

    @Test
    void wlcIsComparedOnlyTogetherWithPersistence() {
        schedulers = EnumSet.of(SchedulerType.WLC);
        look(0, 0);
        assertThat(windows(4, 90, 10)).isEqualTo(GroupBalance.notCompared(WEB, Reason.WLC));

        persistent = true;
        assertThat(look(0, 0)).isNull();
        assertThat(windows(4, 90, 10).reason()).isEqualTo(Reason.WLC_WITH_PERSISTENCE);
    }

    @ParameterizedTest
    @EnumSource(names = {"SCH", "TCH", "QCH"})
    void hashingIsNotCompared(SchedulerType hashing) {
        schedulers = EnumSet.of(hashing);
        look(0, 0);
        assertThat(windows(4, 90, 10)).isEqualTo(GroupBalance.notCompared(WEB, Reason.HASHING));
    }

    @Test
    void withAndWithoutWeightsInOneListenerIsNotCompared() {
        schedulers = EnumSet.of(SchedulerType.WRR, SchedulerType.RR);
        look(0, 0);
        assertThat(windows(1, 10, 10).verdict()).isEqualTo(Verdict.FOLLOWS);
        weights = new long[] {2, 1};
        assertThat(look(0, 0)).isEqualTo(GroupBalance.notCompared(WEB, Reason.MIXED));
    }

    @Test
    void otherWeightsStartTheWindowAnew() {
        look(0, 0);
        GroupBalance good = windows(1, 10, 10);
        for (int i = 0; i < 10; i++) {
            weights = new long[] {1 + i % 2, 1};
            looks(9, 10, 10);
        }
        assertThat(look(10, 10)).isSameAs(good);
        weights = new long[] {3, 1};
        look(10, 10);
        assertThat(windows(3, 30, 10)).isSameAs(good);
    }

    @Test
    void slowStartIsWaitedFor() {
        slowStartMillis = 40_000;
        usable[1] = false;
        look(0, 0);
        looks(60, 20, 0);
        usable[1] = true;
        looks(40, 18, 2);
        assertThat(windows(3, 10, 10).verdict()).isEqualTo(Verdict.FOLLOWS);
    }

    @Test
    void aGroupWithOneServerHasNoAnswer() {
        look(0, 0);
        assertThat(windows(1, 10, 10)).isNotNull();
        weights = new long[] {1, 0};
        assertThat(look(0, 0)).isNull();
        assertThat(windows(100, 10, 0)).isNull();
    }

    @Test
    void countsOfAListenerThatStartedAnewAreTakenAsTheyAre() {
        look(0, 0);
        looks(5, 10, 10);
        Arrays.fill(picks, 0);
        assertThat(looks(5, 10, 10).verdict()).isEqualTo(Verdict.FOLLOWS);
    }
}
