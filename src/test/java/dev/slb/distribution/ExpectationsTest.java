package dev.slb.distribution;

import dev.slb.plan.SchedulerType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ExpectationsTest {

    private static final String MANIFESTS = """
            apiVersion: slb.dev/v1alpha1
            kind: Listener
            metadata: {name: web, namespace: shop}
            spec: {loadBalancerRef: {name: shop}, port: 80, scheduler: WLC, sessionPersistence: {type: CookieInsert},
              serverGroupRef: {kind: VServerGroup, name: web}, rules: [{name: api, serverGroupRef: {name: api}, scheduler: WRR}]}
            ---
            apiVersion: slb.dev/v1alpha1
            kind: VServerGroup
            metadata: {name: web, namespace: shop}
            spec:
              servers: [{name: stable, podSelector: {}, port: http, weight: 90, weightMode: Shared}, {name: legacy, address: 192.0.2.10, port: 80, weight: 10}]
            ---
            apiVersion: v1
            kind: List
            items:
            - apiVersion: slb.dev/v1alpha1
              kind: VServerGroup
              metadata: {name: api, namespace: shop}
              spec: {servers: [{name: a, podSelector: {}, port: 80}]}
              status:
                servers:
                - {name: a, pod: a-1, address: 10.1.0.4, port: 8080, weight: 45}
                - {name: a, pod: a-2, address: 'fd00::5', port: 8080, weight: 55}
                - {name: a, pod: a-3, address: 10.1.0.6, port: 8080, weight: 55, reason: NotReady}
            - {apiVersion: v1, kind: Service, metadata: {name: x}}
            """;

    @Test
    void theStatusNamesTheServers() throws LogException {
        Policy policy = manifests().of(tally("some log", "10.1.0.4:8080", "[fd00::5]:8080"));

        assertThat(policy.group()).isEqualTo("vservergroup/shop/api");
        assertThat(policy.scheduler()).isEqualTo(SchedulerType.WRR);
        assertThat(policy.persistent()).isTrue();
        assertThat(policy.weights().assign(List.of()).servers())
                .extracting(GroupTally.Server::id)
                .containsExactly("10.1.0.4:8080", "[fd00::5]:8080");
    }

    @Test
    void withoutAStatusEntriesAreFoundInTheForwardersNames() throws LogException {
        GroupTally tally =
                tally("vservergroup/shop/web", "stable/uid-1:8080", "stable/uid-2:8080", "legacy/192.0.2.10:80");
        Policy policy = manifests().of(tally);

        assertThat(policy.scheduler()).isEqualTo(SchedulerType.WLC);
        assertThat(policy.weights().assign(tally.servers()).weights()).containsExactly(45, 45, 10);
    }

    @Test
    void anEntryOfWhichNoServerIsRecognisedIsSaid() throws LogException {
        GroupTally tally = tally("log", "192.0.2.10:80", "10.0.0.1:80");
        tally.add(new Hit("log", "192.0.2.10:80", "c", -1, Hit.NO_TIME));
        Comparison comparison = Comparison.of(tally, manifests().of(tally), false, 0.01, true);

        assertThat(comparison.warnings())
                .contains("10.0.0.1:80 has no weight and is left out")
                .anyMatch(warning -> warning.contains("entry stable"));
    }

    @Test
    void aDefaultPoolMatchesByAddressAlone() throws LogException {
        Expectations expectations = new Expectations();
        expectations.addManifests("lb", """
                {"kind": "LoadBalancer", "metadata": {"name": "shop", "namespace": "shop"},
                 "spec": {"servers": [{"name": "a", "address": "10.0.0.1", "weight": 7}, {"name": "b", "address": "fd00::1"}]}}
                """);
        GroupTally tally = tally("x", "10.0.0.1:8080", "[fd00::1]:8080");

        assertThat(expectations.of(tally).group()).isEqualTo("pool/shop/shop");
        assertThat(expectations.of(tally).weights().assign(tally.servers()).weights())
                .containsExactly(7, 100);
    }

    @Test
    void weightsByHandComeFirst() throws LogException {
        GroupTally tally = tally("vservergroup/shop/api", "10.1.0.4:8080");

        Policy policy = manifests().give(Weights.parse("10.1.0.4:8080=3")).of(tally);

        assertThat(policy.weights().assign(tally.servers()).weights()).containsExactly(3);
        assertThat(policy.scheduler()).isEqualTo(SchedulerType.WRR);
    }

    @Test
    void rubbishIsRefused() {
        assertThatThrownBy(() -> new Expectations().addManifests("x.yaml", "a: ["))
                .isInstanceOf(LogException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "a=", "=5", "a=-1", "a=NaN", "a=5,,b=1", "a=Infinity"})
    void weightsThatAreNoneAreRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Weights.parse(text));
    }

    private static Expectations manifests() throws LogException {
        Expectations expectations = new Expectations();
        expectations.addManifests("shop.yaml", MANIFESTS);
        return expectations;
    }

    private static GroupTally tally(String name, String... servers) {
        GroupTally tally = new GroupTally(name);
        for (String server : servers) {
            tally.add(new Hit(name, server, null, -1, Hit.NO_TIME));
        }
        return tally;
    }
}
