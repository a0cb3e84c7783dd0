package dev.slb.translate;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import org.junit.jupiter.api.Test;

import java.time.Instant;

import static dev.slb.testing.TestObjects.object;
import static org.assertj.core.api.Assertions.assertThat;

class PodFactsTest {

    @Test
    void aPodOfAClusterIsReadAsItIs() {
        PodFacts pod = PodFacts.of(object(Pod.class, """
                kind: Pod
                metadata:
                  name: web-1
                  namespace: shop
                  uid: 4d1b
                  creationTimestamp: "2026-01-01T00:00:01Z"
                  labels: {app: web}
                  annotations: {slb.dev/weight: "7", other: x}
                spec:
                  nodeName: node-1
                  hostNetwork: true
                  containers: [{name: a, ports: [{name: http, containerPort: 8080}]}]
                status:
                  phase: Running
                  podIP: 10.1.0.1
                  podIPs: [{ip: 10.1.0.1}, {ip: "fd00::1"}]
                  conditions: [{type: Initialized, status: "True"}, {type: Ready, status: "True"}]
                """));

        assertThat(pod.uid()).isEqualTo("4d1b");
        assertThat(pod.created()).isEqualTo(Instant.parse("2026-01-01T00:00:01Z"));
        assertThat(pod.labels()).containsOnlyKeys("app");
        assertThat(pod.addresses()).containsExactly("10.1.0.1", "fd00::1");
        assertThat(pod.address()).isEqualTo("10.1.0.1");
        assertThat(pod.ready()).isTrue();
        assertThat(pod.terminating()).isFalse();
        assertThat(pod.finished()).isFalse();
        assertThat(pod.hostNetwork()).isTrue();
        assertThat(pod.node()).isEqualTo("node-1");
        assertThat(pod.weight()).isEqualTo("7");
        assertThat(pod.ports()).containsOnlyKeys("http").containsValue(8080);
    }

    @Test
    void aPodThatSaysNothingHasSafeFacts() {
        PodFacts pod = PodFacts.of(object(Pod.class, "{kind: Pod, metadata: {name: web-1, namespace: shop}}"));

        assertThat(pod.uid()).isEqualTo("web-1");
        assertThat(pod.created()).isEqualTo(Instant.EPOCH);
        assertThat(pod.address()).isNull();
        assertThat(pod.ready()).isFalse();
        assertThat(pod.node()).isNull();
        assertThat(pod.weight()).isNull();
        assertThat(pod.ports()).isEmpty();
    }

    @Test
    void factsAreEqualWhileNothingChangesThatTranslationUses() {
        Pod before = object(Pod.class, """
                kind: Pod
                metadata: {name: web-1, namespace: shop, resourceVersion: "1"}
                status: {podIP: 10.1.0.1, conditions: [{type: Ready, status: "True", lastProbeTime: null}]}
                """);
        Pod after = object(Pod.class, """
                kind: Pod
                metadata: {name: web-1, namespace: shop, resourceVersion: "2", annotations: {other: x}}
                status: {podIP: 10.1.0.1, qosClass: Burstable, conditions: [{type: Ready, status: "True"}]}
                """);

        assertThat(PodFacts.of(after)).isEqualTo(PodFacts.of(before));
    }

    @Test
    void aNodeTellsItsRegionAndZone() {
        assertThat(NodeFacts.of(object(Node.class, """
                        kind: Node
                        metadata: {name: node-1, labels: {topology.kubernetes.io/region: eu, topology.kubernetes.io/zone: eu-a}}
                        """))).isEqualTo(new NodeFacts("node-1", "eu", "eu-a"));
        assertThat(NodeFacts.of(object(Node.class, "{kind: Node, metadata: {name: node-2}}")))
                .isEqualTo(new NodeFacts("node-2", null, null));
    }
}
