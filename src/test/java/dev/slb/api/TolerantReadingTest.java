package dev.slb.api;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.DefaultKubernetesResourceList;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** An informer reads a whole list at once: one odd object must not hide the others. */
class TolerantReadingTest {

    @Test
    void anOddLoadBalancerDoesNotDisturbOthers() throws IOException {
        List<LoadBalancer> items = read("""
                {"apiVersion": "slb.dev/v1alpha1", "kind": "LoadBalancerList", "metadata": {}, "items": [
                  {"apiVersion": "slb.dev/v1alpha1", "kind": "LoadBalancer", "metadata": {"name": "odd"}, "spec": {
                    "colour": "red",
                    "servers": [{"name": "a", "podName": "a", "weightMode": "PerMoon", "phase": {"full": true}}],
                    "forwarder": {"placement": ["Sidecar"]},
                    "capacity": {"class": "slb.s9.huge"}},
                   "status": {"observedGeneration": 7, "mood": "good"}},
                  {"apiVersion": "slb.dev/v1alpha1", "kind": "LoadBalancer", "metadata": {"name": "good"}, "spec": {
                    "capacity": {"class": "slb.s2.small"}}}]}
                """, new TypeReference<DefaultKubernetesResourceList<LoadBalancer>>() {});

        assertThat(items).extracting(item -> item.getMetadata().getName()).containsExactly("odd", "good");
        LoadBalancerSpec odd = items.get(0).getSpec();
        assertThat(odd.servers()).singleElement().satisfies(server -> {
            assertThat(server.weightMode()).isEqualTo(WeightMode.Unknown);
            assertThat(server.podName()).isEqualTo("a");
        });
        assertThat(odd.forwarder().placement()).isEqualTo(Placement.Unknown);
        assertThat(odd.capacity().specification()).isEqualTo(CapacityClass.Unknown);
        assertThat(items.get(0).getStatus().observedGeneration()).isEqualTo(7);
        assertThat(items.get(1).getSpec().capacity().specification()).isEqualTo(CapacityClass.S2_SMALL);
        assertThat(items.get(1).getSpec().servers()).isEmpty();
    }

    @Test
    void anOddListenerDoesNotDisturbOthers() throws IOException {
        List<Listener> items = read("""
                {"apiVersion": "slb.dev/v1alpha1", "kind": "ListenerList", "metadata": {}, "items": [
                  {"apiVersion": "slb.dev/v1alpha1", "kind": "Listener", "metadata": {"name": "odd"}, "spec": {
                    "protocol": "QUIC", "port": 443, "scheduler": "BEST", "backendPort": "http",
                    "tls": {"custom": {"versions": ["TLSv1.3", "TLSv9"]}},
                    "serverGroupRef": {"kind": "SuperGroup", "name": "a", "namespace": "b"}}},
                  {"apiVersion": "slb.dev/v1alpha1", "kind": "Listener", "metadata": {"name": "good"}, "spec": {
                    "protocol": "TCP", "port": 80, "backendPort": 8080}}]}
                """, new TypeReference<DefaultKubernetesResourceList<Listener>>() {});

        ListenerSpec odd = items.get(0).getSpec();
        assertThat(odd.protocol()).isEqualTo(Protocol.Unknown);
        assertThat(odd.scheduler()).isEqualTo(Scheduler.Unknown);
        assertThat(odd.backendPort().getStrVal()).isEqualTo("http");
        assertThat(odd.tls().custom().versions()).containsExactly(TlsVersion.TLSv1_3, TlsVersion.Unknown);
        assertThat(odd.serverGroupRef()).isEqualTo(new GroupRef(GroupKind.Unknown, "a"));
        ListenerSpec good = items.get(1).getSpec();
        assertThat(good.protocol()).isEqualTo(Protocol.TCP);
        assertThat(good.backendPort().getIntVal()).isEqualTo(8080);
    }

    @Test
    void anOddVServerGroupDoesNotDisturbOthers() throws IOException {
        List<VServerGroup> items = read("""
                {"apiVersion": "slb.dev/v1alpha1", "kind": "VServerGroupList", "metadata": {}, "items": [
                  {"apiVersion": "slb.dev/v1alpha1", "kind": "VServerGroup", "metadata": {"name": "odd"}, "spec": {
                    "loadBalancerRef": {"name": "shop"}, "colour": "red",
                    "servers": [{"name": "a", "port": 80, "weightMode": 7}]},
                   "status": {"servers": [{"name": "a", "weight": 12.857, "health": "Sleepy", "reason": "Bored"}]}},
                  {"apiVersion": "slb.dev/v1alpha1", "kind": "VServerGroup", "metadata": {"name": "good"}, "spec": {
                    "loadBalancerRef": {"name": "shop"},
                    "servers": [{"name": "a", "port": "http", "weightMode": "Shared"}]}}]}
                """, new TypeReference<DefaultKubernetesResourceList<VServerGroup>>() {});

        VServerGroup odd = items.get(0);
        assertThat(odd.getSpec().servers().get(0).weightMode()).isEqualTo(WeightMode.Unknown);
        assertThat(odd.getStatus().servers().get(0).health()).isEqualTo(ServerHealth.Unknown);
        assertThat(odd.getStatus().servers().get(0).reason()).isEqualTo(ServerReason.Unknown);
        assertThat(items.get(1).getSpec().servers().get(0).weightMode()).isEqualTo(WeightMode.Shared);
    }

    @Test
    void anOddMasterSlaveGroupDoesNotDisturbOthers() throws IOException {
        List<MasterSlaveGroup> items =
                read("""
                {"apiVersion": "slb.dev/v1alpha1", "kind": "MasterSlaveGroupList", "metadata": {}, "items": [
                  {"apiVersion": "slb.dev/v1alpha1", "kind": "MasterSlaveGroup", "metadata": {"name": "odd"}, "spec": {
                    "loadBalancerRef": {"name": "shop"}, "arbiter": {"podName": "db-2"},
                    "master": {"podName": "db-0", "port": 5432}},
                   "status": {"active": "Arbiter"}},
                  {"apiVersion": "slb.dev/v1alpha1", "kind": "MasterSlaveGroup", "metadata": {"name": "good"},
                   "spec": {"loadBalancerRef": {"name": "shop"}}, "status": {"active": "Slave"}}]}
                """, new TypeReference<DefaultKubernetesResourceList<MasterSlaveGroup>>() {});

        assertThat(items.get(0).getStatus().active()).isEqualTo(ActiveRole.Unknown);
        assertThat(items.get(0).getSpec().master().podName()).isEqualTo("db-0");
        assertThat(items.get(1).getStatus().active()).isEqualTo(ActiveRole.Slave);
    }

    @Test
    void whatHasAnotherShapeIsLeftOutAndNamedAndTheRestIsRead() throws IOException {
        List<Listener> items = read("""
                {"apiVersion": "slb.dev/v1alpha1", "kind": "ListenerList", "metadata": {}, "items": [
                  {"apiVersion": "slb.dev/v1alpha1", "kind": "Listener",
                   "metadata": {"name": "odd", "namespace": "shop", "labels": 7, "generation": {}}, "spec": {
                    "loadBalancerRef": {"name": "shop"}, "protocol": "TCP", "port": 99999999999, "backendPort": {"a": 1},
                    "accessControl": {"policy": "Allow", "cidrs": "10.0.0.0/8"}, "timeouts": 5, "description": ["x"],
                    "rules": [{"name": "a"}, "b", {"name": "c", "host": {}}], "maxConnections": "many",
                    "http": {"http2": "maybe"}},
                   "status": {"bindPort": 10001, "observedGeneration": "none", "conditions": [{"type": "Ready"}, 5]}},
                  {"apiVersion": "slb.dev/v1alpha1", "kind": "Listener", "metadata": {"name": "text"}, "spec": "TCP",
                   "status": []},
                  {"apiVersion": "slb.dev/v1alpha1", "kind": "Listener", "metadata": {"name": "bare"}, "spec": null},
                  {"apiVersion": "slb.dev/v1alpha1", "kind": "Listener", "metadata": {"name": "good"}, "spec": {
                    "protocol": "TCP", "port": 80}}]}
                """, new TypeReference<DefaultKubernetesResourceList<Listener>>() {});
        Listener odd = items.get(0);
        assertThat(odd.unreadable())
                .containsExactlyInAnyOrder(
                        "spec.port: must be a whole number, is 99999999999",
                        "spec.backendPort: can't be read, is an object",
                        "spec.accessControl.cidrs: must be a list, is a text",
                        "spec.timeouts: must be an object, is 5",
                        "spec.description: must be a text, is a list",
                        "spec.rules[1]: must be an object, is a text",
                        "spec.rules[2].host: must be a text, is an object",
                        "spec.maxConnections: must be a whole number, is a text",
                        "spec.http.http2: must be true or false, is a text");
        assertThat(odd.getSpec().loadBalancerRef().name()).isEqualTo("shop");
        assertThat(odd.getSpec().rules()).extracting(Rule::name).containsExactly("a", "c");
        assertThat(odd.getSpec().accessControl().policy()).isEqualTo(AccessPolicy.Allow);
        assertThat(odd.getStatus().bindPort()).isEqualTo(10_001);
        assertThat(odd.getStatus().conditions()).extracting(Condition::getType).containsExactly("Ready");
        assertThat(odd.getMetadata().getNamespace()).isEqualTo("shop");
        assertThat(items.get(1).unreadable()).containsExactly("spec: must be an object, is a text");
        assertThat(items.get(1).getStatus()).isNull();
        assertThat(items.get(2).unreadable()).isEmpty();
        assertThat(items.get(3).unreadable()).isEmpty();
        assertThat(items.get(3).getSpec().port()).isEqualTo(80);
    }

    @Test
    void soMuchThatIsWrongIsNotReadAtAll() throws IOException {
        String rules = "[" + "5, ".repeat(5000) + "5]";
        List<Listener> items =
                read("""
                {"items": [{"metadata": {"name": "odd"}, "spec": {"protocol": "TCP", "rules": %s}}]}
                """.formatted(rules), new TypeReference<DefaultKubernetesResourceList<Listener>>() {});
        assertThat(items.get(0).unreadable()).hasSize(PartialReading.MAX_PROBLEMS);
        assertThat(items.get(0).getSpec()).isNull();
    }

    /** Reads as the Kubernetes client does, and requires that a plain mapper and ours read the same. */
    private static <T extends CustomResource<?, ?>> List<T> read(
            String json, TypeReference<DefaultKubernetesResourceList<T>> type) throws IOException {
        List<T> asClient = new KubernetesSerialization()
                .unmarshal(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)), type)
                .getItems();
        assertThat(ApiMapper.json().readValue(json, type).getItems()).isEqualTo(asClient);
        assertThat(new ObjectMapper().readValue(json, type).getItems()).isEqualTo(asClient);
        return asClient;
    }
}
