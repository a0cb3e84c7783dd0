package dev.slb.operator;

import dev.slb.plan.PlanDocument;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class WatchedNamespacesTest extends OperatorTestBase {

    private void createGroup(String namespace, String name) {
        create("""
                kind: VServerGroup
                metadata: {name: %s, namespace: %s}
                spec: {loadBalancerRef: {name: shop}, servers: []}
                """.formatted(name, namespace));
    }

    private void createLoadBalancer(String namespace) {
        create("{kind: LoadBalancer, metadata: {name: shop, namespace: %s}, spec: {}}".formatted(namespace));
    }

    private static List<String> documents(OperatorProcess operator) {
        return operator.documents().stream()
                .map(PlanDocument::id)
                .map(Object::toString)
                .toList();
    }

    @Test
    void objectsOfOtherNamespacesAreNotServed() {
        List.of("shop", "second", "elsewhere").forEach(namespace -> {
            createLoadBalancer(namespace);
            createGroup(namespace, "early");
        });
        OperatorProcess operator =
                replicas.get(0).watching("shop", "second").startOperator().operator();
        await().atMost(PATIENCE).until(operator::isSynced);
        assertThat(documents(operator))
                .contains("vservergroup/shop/early", "vservergroup/second/early")
                .noneMatch(id -> id.contains("/elsewhere/"));

        createGroup("elsewhere", "late");
        createGroup("second", "late");
        createGroup("shop", "late");

        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(documents(operator)).contains("vservergroup/shop/late", "vservergroup/second/late"));
        assertThat(documents(operator)).noneMatch(id -> id.contains("/elsewhere/"));
    }
}
