package dev.slb.operator;

import dev.slb.api.LoadBalancer;
import dev.slb.plan.LoadBalancerPlan;
import io.fabric8.kubernetes.api.model.Secret;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** Secrets on two replicas of the operator: those that listeners name, and the keys of cookies. */
class OperatorSecretsTest extends OperatorTestBase {

    private List<Secret> keys() {
        return api.admin()
                .secrets()
                .inNamespace(TestReplica.NAMESPACE)
                .withLabel(CookieKeys.PURPOSE_LABEL, CookieKeys.PURPOSE)
                .list()
                .getItems();
    }

    private String awaitKey() {
        await().atMost(PATIENCE).until(() -> keys().size() == 1);
        return keys().get(0).getData().get("key");
    }

    /** What the replica tells its forwarder, null for nothing. */
    private static String plannedKey(TestReplica replica) {
        return replica.operator().documents().stream()
                .filter(LoadBalancerPlan.class::isInstance)
                .map(LoadBalancerPlan.class::cast)
                .map(plan -> plan.cookieKey() == null ? null : plan.cookieKey().text())
                .findFirst()
                .orElse(null);
    }

    private void awaitPlanned(String key) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(replicas)
                        .extracting(OperatorSecretsTest::plannedKey)
                        .containsOnly(key));
    }

    @Test
    void theElectedReplicaGeneratesOneKeyForCookiesThatAllForwardersShare() {
        startAll();
        createShop();
        awaitReady(LoadBalancer.class, "shop");
        assertThat(keys()).as("nobody needs one").isEmpty();

        create("""
                kind: Listener
                metadata: {name: http}
                spec:
                  loadBalancerRef: {name: shop}
                  protocol: HTTP
                  port: 8082
                  serverGroupRef: {kind: VServerGroup, name: web}
                  sessionPersistence: {type: CookieInsert, timeoutSeconds: 60}
                """);
        String key = awaitKey();
        assertThat(java.util.Base64.getDecoder().decode(key)).hasSize(32);
        awaitPlanned(key);
        assertThat(keys().get(0).getMetadata().getAnnotations())
                .isEqualTo(Map.of(ServiceBlueprint.OWNER_ANNOTATION, "shop/shop"));

        // One that somebody deletes is written again: cookies are out there.
        api.admin().resource(keys().get(0)).delete();
        assertThat(awaitKey()).isEqualTo(key);
        awaitPlanned(key);

        // A start finds it.
        replicas.forEach(TestReplica::stopOperator);
        replicas.forEach(TestReplica::startOperator);
        awaitPlanned(key);
        assertThat(keys()).hasSize(1);

        delete(LoadBalancer.class, "shop");
        await().atMost(PATIENCE).until(() -> keys().isEmpty());
    }
}
