package dev.slb.operator;

import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
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
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

class ReportChangesTest {

    private static final DocumentId LISTENER = DocumentId.listener("shop", "web");
    private static final DocumentId GROUP = DocumentId.vServerGroup("shop", "web");
    private static final DocumentId POOL = DocumentId.pool("shop", "shop");
    private static final ObjectId LISTENER_OBJECT = Kinds.LISTENER.id("shop", "web");
    private static final ObjectId GROUP_OBJECT = Kinds.V_SERVER_GROUP.id("shop", "web");
    private static final ObjectId LOAD_BALANCER_OBJECT = Kinds.LOAD_BALANCER.id("shop", "shop");

    /** Of objects that have nothing but the documents of their kind. */
    private static SortedSet<ObjectId> changes(ForwarderReport before, ForwarderReport after) {
        return ReportChanges.between(
                before,
                after,
                document -> Stream.of(LISTENER_OBJECT, GROUP_OBJECT, LOAD_BALANCER_OBJECT)
                        .filter(object -> object.kind().documents(object).contains(document))
                        .findFirst());
    }

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
        assertThat(changes(before, report(2, Health.NORMAL, Map.of(LISTENER, "v1"))))
                .isEmpty();
    }

    @Test
    void aVersionChangesItsObject() {
        ForwarderReport before = report(1, Health.NORMAL, Map.of(LISTENER, "v1", POOL, "v1"));
        assertThat(changes(before, report(2, Health.NORMAL, Map.of(LISTENER, "v2"))))
                .containsExactly(LOAD_BALANCER_OBJECT, LISTENER_OBJECT);
    }

    @Test
    void healthChangesTheGroupAndItsListeners() {
        ForwarderReport before = report(1, Health.NORMAL, Map.of());
        assertThat(changes(before, report(2, Health.ABNORMAL, Map.of())))
                .containsExactly(GROUP_OBJECT, LISTENER_OBJECT);
    }

    @Test
    void aForwarderThatComesOrGoesChangesAllThatItServes() {
        ForwarderReport report = report(1, Health.NORMAL, Map.of(LISTENER, "v1"));
        assertThat(changes(null, report)).containsExactly(GROUP_OBJECT, LISTENER_OBJECT);
        assertThat(changes(report, null)).containsExactly(GROUP_OBJECT, LISTENER_OBJECT);
        assertThat(changes(null, null)).isEmpty();
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
        assertThat(changes(before, after)).containsExactly(GROUP_OBJECT);
        assertThat(changes(after, before)).containsExactly(GROUP_OBJECT);
        assertThat(changes(after, after)).isEmpty();
    }
}
