package dev.slb.distribution;

import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderStats;
import dev.slb.plan.ForwarderStats.ServerStats;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;

class LiveTallyTest {

    private static final DocumentId WEB = DocumentId.vServerGroup("shop", "web");
    private static final DocumentId DB = DocumentId.masterSlaveGroup("shop", "db");

    private final LiveTally live = new LiveTally();

    @Test
    void oneLookCountsSinceTheForwardersStart() {
        live.add(
                stats(
                        server("http", WEB, "a", 60, 1L),
                        server("https", WEB, "a", 6, 1L),
                        server("http", WEB, "b", 34, 1L)),
                0);

        assertThat(counts()).startsWith(66, 34);
    }

    @Test
    void watchingCountsFromThenOn() {
        live.start(stats(server("http", WEB, "a", 1000, 1L)), 0);
        live.add(stats(server("http", WEB, "a", 1010, 1L), server("http", WEB, "b", 5, null)), 1);
        live.add(stats(server("http", WEB, "a", 1015, 1L), server("http", WEB, "b", 9, null)), 2);

        assertThat(counts()).startsWith(15, 9);
    }

    @Test
    void aForwarderThatStartedAnewCountsFromZero() {
        live.start(stats(server("http", WEB, "a", 1000, 1L)), 0);
        live.add(stats(server("http", WEB, "a", 7, 1L)), 1);

        assertThat(counts()).startsWith(7);
    }

    @Test
    void otherWeightsStartTheCountAnew() {
        live.add(stats(server("http", WEB, "a", 10, 1L), server("http", WEB, "b", 10, 1L)), 0);
        live.add(stats(server("http", WEB, "a", 20, 3L), server("http", WEB, "b", 20, 1L)), 1);
        live.add(stats(server("http", WEB, "a", 50, 3L), server("http", WEB, "b", 30, 1L)), 2);

        assertThat(counts()).startsWith(30, 10);
        Report report = Report.of(live.tally(), List.of(), live.weights(new Expectations()), false, 0.01);
        assertThat(report.differs()).isFalse();
        assertThat(report.groups().get(0).servers().get(0).expected()).isEqualTo(0.75);
    }

    @Test
    void masterSlaveGroupsAreLeftOut() {
        live.add(stats(server("tcp", DB, "a", 10, null)), 0);

        assertThat(live.tally().names()).isEmpty();
    }

    @Test
    void aServerThatFailsWhileWatchedIsNamed() {
        long a = 0;
        long b = 0;
        live.start(stats(server("http", WEB, "a", a, 1L), server("http", WEB, "b", b, 1L)), 0);
        for (int round = 1; round <= 20; round++) {
            boolean away = round > 8 && round < 15;
            a += away ? 20 : 10;
            b += away ? 0 : 10;
            live.add(stats(server("http", WEB, "a", a, 1L), server("http", WEB, "b", b, 1L)), round * 1000L);
        }

        Report report = Report.of(live.tally(), List.of(), live.weights(new Expectations()), false, 0.01);

        assertThat(report.groups().get(0).causes()).extracting(Cause::kind).containsExactly(Cause.Kind.HEALTH);
        assertThat(report.groups().get(0).causes().get(0).explains()).isTrue();
    }

    private long[] counts() {
        return live.tally().group(WEB.toString()).counts();
    }

    private static ServerStats server(String listener, DocumentId group, String id, long picks, Long weight) {
        return new ServerStats(DocumentId.listener("shop", listener), group, "e/" + id + ":80", id, 0, picks, weight);
    }

    private static ForwarderStats stats(ServerStats... servers) {
        return new ForwarderStats(new TreeMap<>(), List.of(servers), new TreeMap<>(), List.of());
    }
}
