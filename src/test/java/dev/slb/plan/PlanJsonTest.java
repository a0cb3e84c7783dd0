package dev.slb.plan;

import dev.slb.testing.HealthCheckPlanBuilder;
import dev.slb.testing.TestPlans;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PlanJsonTest {

    private static final DocumentId SHOP = DocumentId.loadBalancer("shop", "shop");
    private static final DocumentId POOL = DocumentId.pool("shop", "shop");
    private static final DocumentId WEB = DocumentId.vServerGroup("shop", "web");

    private static ServerPlan server(String id, long weight) {
        return new ServerPlan(id, id, "127.0.0.1", 8080, null, weight, "a", null, false);
    }

    private static ListenerPlan listener() {
        HealthCheckPlan check =
                HealthCheckPlanBuilder.http(2000, 5000).thresholds(3, 3).build();
        return new ListenerPlan(
                DocumentId.listener("shop", "web"),
                SHOP,
                new FrontendPlan(ListenerProtocol.HTTP, 80, 10000, null),
                new RoutingPlan(
                        new Action.Forward(POOL, BackendPort.of("http"), SchedulerType.WRR, check, null),
                        List.of(
                                new RulePlan(
                                        "b",
                                        "*.example.com",
                                        null,
                                        new Action.Forward(WEB, null, SchedulerType.RR, null, null)),
                                new RulePlan("a", null, "/gone", new Action.Unavailable("GroupNotFound")))),
                new TimeoutsPlan(15_000, 5_000, 60_000, 60_000, null),
                new DrainPlan(300_000, false),
                new HttpPlan(
                        1000,
                        32_768,
                        8_192,
                        new ForwardedPlan(
                                ForwardedPlan.XForwardedFor.APPEND, List.of(), true, false, false, null, false, false),
                        false,
                        null));
    }

    @Test
    void documentsSurviveTheWayThroughJson() {
        GroupPlan group = new GroupPlan(WEB, SHOP, List.of(server("b", 50), server("a", 100)));
        for (PlanDocument document : List.of(TestPlans.loadBalancer(2), group, listener())) {
            assertThat(document.validate()).isEmpty();
            PlanDocument read = PlanJson.read(PlanJson.write(document), PlanDocument.class);
            assertThat(read).isEqualTo(document);
            assertThat(PlanJson.version(read)).isEqualTo(PlanJson.version(document));
        }
    }

    @Test
    void reportsSurviveTheWayThroughJson() {
        var documents = new TreeMap<DocumentId, ForwarderReport.DocumentState>();
        documents.put(WEB, new ForwarderReport.DocumentState("v1", null, null));
        var report = new ForwarderReport(
                "f-0",
                7,
                true,
                documents,
                List.of(new ForwarderReport.GroupHealth(
                        POOL,
                        BackendPort.of(8080),
                        new TreeSet<>(List.of(DocumentId.listener("shop", "web"))),
                        null,
                        List.of(new ForwarderReport.ServerHealth("a", Health.ABNORMAL, "connection refused")))),
                List.of(new GroupBalance(
                        WEB,
                        GroupBalance.Verdict.DIFFERS,
                        GroupBalance.Reason.HEALTH,
                        1000,
                        1e-30,
                        List.of(new GroupBalance.Share("a", "web-1", 500, 712)))));
        assertThat(PlanJson.read(PlanJson.write(report), ForwarderReport.class)).isEqualTo(report);
    }

    @Test
    void theVersionIsOneOfContentAndNotOfOrder() {
        GroupPlan oneWay = new GroupPlan(WEB, SHOP, List.of(server("a", 1), server("b", 2)));
        GroupPlan otherWay = new GroupPlan(WEB, SHOP, List.of(server("b", 2), server("a", 1)));
        GroupPlan other = new GroupPlan(WEB, SHOP, List.of(server("a", 1), server("b", 3)));
        assertThat(PlanJson.version(oneWay)).isEqualTo(PlanJson.version(otherWay));
        assertThat(PlanJson.version(oneWay)).isNotEqualTo(PlanJson.version(other));
    }

    @Test
    void problemsAreNamedByField() {
        GroupPlan group = new GroupPlan(
                WEB,
                SHOP,
                List.of(server("a", -1), new ServerPlan("b", "b", "", 0, null, 1, null, ServerRole.MASTER, false)));
        assertThat(group.validate())
                .containsExactly(
                        "servers[a].weight: is negative",
                        "servers[b].address: is missing",
                        "servers[b].port: must be 1..65535",
                        "servers[b].role: belongs to master-slave groups, and there to all");
    }

    @Test
    void aMalformedDocumentIsNamed() {
        assertThatThrownBy(() -> PlanJson.read("{\"type\":\"Group\",\"id\":\"x\"}", PlanDocument.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("kind/namespace/name");
    }
}
