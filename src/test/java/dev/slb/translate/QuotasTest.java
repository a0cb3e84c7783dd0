package dev.slb.translate;

import dev.slb.api.Listener;
import dev.slb.api.ServerReason;
import dev.slb.api.VServerGroup;
import dev.slb.control.world.TestWorld;
import dev.slb.control.world.World;
import dev.slb.testing.TestObjects;
import io.fabric8.kubernetes.api.model.HasMetadata;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

/** SLB's own numbers. */
class QuotasTest {

    private static final String LOAD_BALANCER = "{kind: LoadBalancer, metadata: {name: shop}}";

    private static World world(List<HasMetadata> objects) {
        return TestWorld.of(objects, Settings.files(), Instant.EPOCH);
    }

    private static List<HasMetadata> objects(String... documents) {
        return TestObjects.objects(String.join("\n---\n", documents));
    }

    private static String listener(int number, String more) {
        return """
                kind: Listener
                metadata: {name: l%03d}
                spec: {loadBalancerRef: {name: shop}, protocol: HTTP, port: %d, backendPort: 8080%s}
                """.formatted(number, number, more);
    }

    private static Verdict accepted(String listener) {
        List<HasMetadata> objects = objects(LOAD_BALANCER, listener);
        return world(objects)
                .read(snapshot -> ListenerTranslator.translate((Listener) objects.get(1), snapshot))
                .accepted();
    }

    @Test
    void fiftyListenersHaveAPlaceAndTheFiftyFirstHasNone() {
        List<HasMetadata> objects = new ArrayList<>(objects(LOAD_BALANCER));
        IntStream.rangeClosed(1, 51).forEach(number -> objects.addAll(objects(listener(number, ""))));

        List<ConditionReason> reasons = world(objects)
                .read(snapshot -> objects.stream()
                        .skip(1)
                        .map(listener -> ListenerTranslator.translate((Listener) listener, snapshot)
                                .accepted()
                                .reason())
                        .toList());

        assertThat(reasons.subList(0, 50)).containsOnly(ConditionReason.Accepted);
        assertThat(reasons.get(50)).isEqualTo(ConditionReason.QuotaExceeded);
    }

    @Test
    void fortyRulesAreAcceptedAndFortyOneAreNot() {
        assertThat(accepted(listener(1, rules(40))).reason()).isEqualTo(ConditionReason.Accepted);
        Verdict refused = accepted(listener(1, rules(41)));
        assertThat(refused.reason()).isEqualTo(ConditionReason.QuotaExceeded);
        assertThat(refused.message()).isEqualTo("Listener shop/l001: spec.rules: has 41 rules, the quota is 40");
    }

    private static String rules(int number) {
        return IntStream.range(0, number)
                .mapToObj(i -> "{name: r%d, path: /%d, serverGroupRef: {name: web}}".formatted(i, i))
                .collect(Collectors.joining(", ", ", rules: [", "]"));
    }

    @Test
    void threeHundredNetworksAreWithinTheQuotaAndOneMoreIsNot() {
        assertThat(accepted(listener(1, networks(300))).reason()).isNotEqualTo(ConditionReason.QuotaExceeded);
        assertThat(accepted(listener(1, networks(301))).message())
                .contains("spec.accessControl.cidrs: has 301 CIDRs, the quota is 300");
    }

    private static String networks(int number) {
        return IntStream.range(0, number)
                .mapToObj(i -> "10.%d.%d.0/24".formatted(i / 256, i % 256))
                .collect(Collectors.joining(", ", ", accessControl: {policy: Allow, cidrs: [", "]}"));
    }

    @Test
    void tenSniCertificatesAreWithinTheQuotaAndOneMoreIsNot() {
        assertThat(accepted(listener(1, certificates(10))).reason()).isNotEqualTo(ConditionReason.QuotaExceeded);
        assertThat(accepted(listener(1, certificates(11))).message())
                .contains("spec.tls.sni: has 11 SNI certificates, the quota is 10");
    }

    private static String certificates(int number) {
        return IntStream.range(0, number)
                .mapToObj(i -> "{host: h%d.example.com, certificateRef: {name: c}}".formatted(i))
                .collect(Collectors.joining(", ", ", tls: {certificateRef: {name: c}, sni: [", "]}"));
    }

    @Test
    void twoHundredServersAreUsedAndTheYoungestOfMoreAreLeftOut() {
        List<HasMetadata> objects = new ArrayList<>(objects(LOAD_BALANCER, """
                kind: VServerGroup
                metadata: {name: web}
                spec: {loadBalancerRef: {name: shop}, servers: [{name: web, podSelector: {}, port: 80}]}
                """));
        IntStream.rangeClosed(1, 203)
                .forEach(number ->
                        objects.addAll(objects("""
                kind: Pod
                metadata: {name: p%03d, creationTimestamp: "2026-01-01T00:%02d:%02dZ"}
                status: {podIP: 10.1.0.%d, conditions: [{type: Ready, status: "True"}]}
                """.formatted(204 - number, number / 60, number % 60, number))));

        List<ResolvedServer> servers = world(objects)
                .read(snapshot -> VServerGroupTranslator.translate((VServerGroup) objects.get(1), snapshot))
                .servers();

        assertThat(servers).filteredOn(ResolvedServer::used).hasSize(200);
        assertThat(servers)
                .filteredOn(server -> server.reason() == ServerReason.OverQuota)
                .extracting(ResolvedServer::pod)
                .containsExactly("p001", "p002", "p003");
    }
}
