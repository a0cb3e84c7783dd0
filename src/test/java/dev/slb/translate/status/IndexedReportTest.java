package dev.slb.translate.status;

import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.ForwarderReport.GroupHealth;
import dev.slb.plan.ForwarderReport.ServerHealth;
import dev.slb.plan.GroupBalance;
import dev.slb.plan.Health;
import dev.slb.plan.ReportChanges;
import dev.slb.plan.ReportChanges.HealthChange;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import static org.assertj.core.api.Assertions.assertThat;

class IndexedReportTest {

    private static final DocumentId LISTENER = DocumentId.listener("shop", "web");
    private static final DocumentId GROUP = DocumentId.vServerGroup("shop", "web");
    private static final DocumentId POOL = DocumentId.pool("shop", "shop");

    private static IndexedReport report(Health health, Map<DocumentId, String> serving, GroupBalance... balance) {
        TreeMap<DocumentId, DocumentState> states = new TreeMap<>();
        serving.forEach((id, version) -> states.put(id, new DocumentState(version, null, null)));
        GroupHealth check = check(new ServerHealth("a", health, null), new ServerHealth("b", Health.NORMAL, null));
        return new IndexedReport(new ForwarderReport("forwarder", 1, true, states, List.of(check), List.of(balance)));
    }

    private static GroupHealth check(ServerHealth... servers) {
        return new GroupHealth(7L, GROUP, null, new TreeSet<>(List.of(LISTENER)), null, List.of(servers));
    }

    private static ReportChanges changes(HealthChange... health) {
        return new ReportChanges("forwarder", 1, 2, true, null, null, List.of(health), null, null);
    }

    @Test
    void aVersionThatIsNewOrGoneMakesADifference() {
        IndexedReport before = report(Health.NORMAL, Map.of(LISTENER, "v1", POOL, "v1"));

        assertThat(IndexedReport.differences(before, report(Health.NORMAL, Map.of(LISTENER, "v1", POOL, "v1"))))
                .isEmpty();
        assertThat(IndexedReport.differences(before, report(Health.NORMAL, Map.of(LISTENER, "v2"))))
                .containsExactlyInAnyOrder(LISTENER, POOL);
    }

    @Test
    void healthMakesADifferenceForTheGroupAndItsListeners() {
        assertThat(IndexedReport.differences(report(Health.NORMAL, Map.of()), report(Health.ABNORMAL, Map.of())))
                .containsExactlyInAnyOrder(GROUP, LISTENER);
    }

    @Test
    void aForwarderThatComesOrGoesMakesADifferenceForAllThatItServes() {
        IndexedReport report = report(Health.NORMAL, Map.of(POOL, "v1"));

        assertThat(IndexedReport.differences(null, report)).containsExactlyInAnyOrder(GROUP, LISTENER, POOL);
        assertThat(IndexedReport.differences(report, null)).containsExactlyInAnyOrder(GROUP, LISTENER, POOL);
        assertThat(IndexedReport.differences(null, null)).isEmpty();
    }

    @Test
    void anAnswerThatTurnsMakesADifferenceForTheGroup() {
        IndexedReport before = report(Health.NORMAL, Map.of());
        IndexedReport after = report(Health.NORMAL, Map.of(), GroupBalance.notCompared(GROUP, GroupBalance.Reason.WLC));

        assertThat(IndexedReport.differences(before, after)).containsExactly(GROUP);
        assertThat(IndexedReport.differences(after, before)).containsExactly(GROUP);
        assertThat(IndexedReport.differences(after, after)).isEmpty();
    }

    @Test
    void aServerThatChangesLeavesTheOthersOfItsCheckAsTheyWere() {
        IndexedReport report = report(Health.NORMAL, Map.of());

        Set<DocumentId> touched = report.apply(changes(
                new HealthChange(GROUP, 7, check(new ServerHealth("a", Health.ABNORMAL, "refused")), new TreeSet<>())));

        assertThat(touched).containsExactlyInAnyOrder(GROUP, LISTENER);
        assertThat(report.health(GROUP)).singleElement().satisfies(check -> {
            assertThat(check.servers()).containsExactlyInAnyOrder("a", "b");
            assertThat(check.health("a")).isEqualTo(Health.ABNORMAL);
            assertThat(check.health("b")).isEqualTo(Health.NORMAL);
        });
    }

    @Test
    void whatHasGoneIsForgottenAndConcernsThoseWhoHadIt() {
        IndexedReport report =
                report(Health.NORMAL, Map.of(POOL, "v1"), GroupBalance.notCompared(GROUP, GroupBalance.Reason.WLC));

        report.apply(changes(new HealthChange(GROUP, 7, check(), new TreeSet<>(Set.of("a")))));
        assertThat(report.health(GROUP).get(0).servers()).containsExactly("b");

        Set<DocumentId> touched = report.apply(new ReportChanges(
                "forwarder",
                2,
                3,
                true,
                null,
                new TreeSet<>(Set.of(POOL)),
                List.of(new HealthChange(GROUP, 7, null, new TreeSet<>())),
                null,
                new TreeSet<>(Set.of(GROUP))));

        assertThat(touched).containsExactlyInAnyOrder(GROUP, LISTENER, POOL);
        assertThat(report.health(GROUP)).isEmpty();
        assertThat(report.document(POOL)).isNull();
        assertThat(report.balance(GROUP)).isNull();
    }
}
