package dev.slb.cli.playground;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class PodTemplatesTest {

    @Test
    void aPodIsItself() {
        PodTemplates.Result result = expand("""
                apiVersion: v1
                kind: Pod
                metadata: {name: a, namespace: shop, labels: {app: a}, annotations: {slb.dev/weight: "5"}}
                spec: {containers: [{name: c, image: i}]}
                """);

        assertThat(result.problems()).isEmpty();
        Pod pod = result.pods().get(0);
        assertThat(pod.getMetadata().getName()).isEqualTo("a");
        assertThat(pod.getMetadata().getNamespace()).isEqualTo("shop");
        assertThat(pod.getMetadata().getLabels()).containsEntry("app", "a");
        assertThat(pod.getMetadata().getAnnotations()).containsEntry("slb.dev/weight", "5");
    }

    @Test
    void aDeploymentHasOnePodUnlessItSaysMore() {
        assertThat(names(workload("Deployment", "web", ""))).containsExactly("web");
        assertThat(names(workload("Deployment", "web", "replicas: 3"))).containsExactly("web", "web-2", "web-3");
        assertThat(names(workload("ReplicaSet", "web", "replicas: 2"))).containsExactly("web", "web-2");
        assertThat(names(workload("Deployment", "web", "replicas: 0"))).isEmpty();
    }

    @Test
    void aStatefulSetCountsFromZeroAndADaemonSetHasOne() {
        assertThat(names(workload("StatefulSet", "db", "replicas: 2"))).containsExactly("db-0", "db-1");
        assertThat(names(workload("DaemonSet", "agent", ""))).containsExactly("agent");
    }

    @Test
    void podsHaveTheLabelsOfTheTemplate() {
        Pod pod = expand(workload("Deployment", "web", "")).pods().get(0);

        assertThat(pod.getMetadata().getLabels()).containsOnlyKeys("app");
        assertThat(pod.getMetadata().getLabels()).containsEntry("app", "web");
    }

    @Test
    void twoPodsOfOneNameAreAProblem() {
        PodTemplates.Result result = expand(workload("Deployment", "web", ""), workload("ReplicaSet", "web", ""));

        assertThat(result.pods()).hasSize(1);
        assertThat(result.problems()).containsExactly("ReplicaSet shop/web: there is a pod called shop/web already");
    }

    @Test
    void otherKindsHaveNoPods() {
        PodTemplates.Result result = expand("""
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: a, namespace: shop}
                """);

        assertThat(result.pods()).isEmpty();
        assertThat(result.problems()).isEmpty();
    }

    private static String workload(String kind, String name, String spec) {
        return """
                apiVersion: apps/v1
                kind: %s
                metadata: {name: %s, namespace: shop, labels: {of: workload}}
                spec:
                  selector: {matchLabels: {app: %s}}
                  template:
                    metadata: {labels: {app: %s}}
                    spec: {containers: [{name: c, image: i, ports: [{containerPort: 8000}]}]}
                  %s
                """.formatted(kind, name, name, name, spec);
    }

    private static List<String> names(String yaml) {
        return expand(yaml).pods().stream()
                .map(pod -> pod.getMetadata().getName())
                .toList();
    }

    private static PodTemplates.Result expand(String... yaml) {
        List<HasMetadata> objects = new ArrayList<>();
        for (String each : yaml) {
            objects.add((HasMetadata) new KubernetesSerialization().unmarshal(each));
        }
        return PodTemplates.expand(objects);
    }
}
