package dev.slb.operator;

import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.ForwarderReport.GroupHealth;
import dev.slb.plan.ForwarderReport.ServerHealth;
import dev.slb.plan.GroupBalance;
import dev.slb.plan.Health;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

import static org.assertj.core.api.Assertions.assertThat;

class ReportChangesTest {

    private static final DocumentId LISTENER = DocumentId.listener("shop", "web");
    private static final DocumentId GROUP = DocumentId.vServerGroup("shop", "web");
    private static final DocumentId POOL = DocumentId.pool("shop", "shop");

    private static ForwarderReport report(long revision, Health health, Map<DocumentId, String> serving) {
        TreeMap<DocumentId, DocumentState> states = new TreeMap<>();
        serving.forEach((id, version) -> states.put(id, new DocumentState(version, null, null)));
        return new ForwarderReport(
                "forwarder",
                revision,
                true,
                states,
                List.of(new GroupHealth(
                        GROUP,
                        null,
                        new TreeSet<>(List.of(LISTENER)),
                        null,
                        List.of(new ServerHealth("a", health, null)))));
    }

    @Test
    void nothingButARevisionIsNoChange() {
        ForwarderReport before = report(1, Health.NORMAL, Map.of(LISTENER, "v1"));
        assertThat(ReportChanges.between(before, report(2, Health.NORMAL, Map.of(LISTENER, "v1"))))
                .isEmpty();
    }

    @Test
    void aVersionChangesItsObject() {
        ForwarderReport before = report(1, Health.NORMAL, Map.of(LISTENER, "v1", POOL, "v1"));
        assertThat(ReportChanges.between(before, report(2, Health.NORMAL, Map.of(LISTENER, "v2"))))
                .containsExactly(DocumentId.loadBalancer("shop", "shop"), LISTENER);
    }

    @Test
    void healthChangesTheGroupAndItsListeners() {
        ForwarderReport before = report(1, Health.NORMAL, Map.of());
        assertThat(ReportChanges.between(before, report(2, Health.ABNORMAL, Map.of())))
                .containsExactly(GROUP, LISTENER);
    }

    @Test
    void aForwarderThatComesOrGoesChangesAllThatItServes() {
        ForwarderReport report = report(1, Health.NORMAL, Map.of(LISTENER, "v1"));
        assertThat(ReportChanges.between(null, report)).containsExactly(GROUP, LISTENER);
        assertThat(ReportChanges.between(report, null)).containsExactly(GROUP, LISTENER);
        assertThat(ReportChanges.between(null, null)).isEmpty();
    }

    @Test
    void anAnswerThatTurnsChangesTheGroup() {
        ForwarderReport before = report(1, Health.NORMAL, Map.of());
        ForwarderReport after = new ForwarderReport(
                "forwarder",
                2,
                true,
                before.documents(),
                before.health(),
                List.of(GroupBalance.notCompared(GROUP, GroupBalance.Reason.WLC)));
        assertThat(ReportChanges.between(before, after)).containsExactly(GROUP);
        assertThat(ReportChanges.between(after, before)).containsExactly(GROUP);
        assertThat(ReportChanges.between(after, after)).isEmpty();
    }
}
