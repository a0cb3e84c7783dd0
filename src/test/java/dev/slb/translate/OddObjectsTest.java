package dev.slb.translate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.slb.api.ApiMapper;
import dev.slb.api.Listener;
import dev.slb.api.LoadBalancer;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.VServerGroup;
import dev.slb.control.world.TestWorld;
import dev.slb.control.world.World;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.PlanDocument;
import dev.slb.testing.TestObjects;
import dev.slb.translate.status.ForwarderReports;
import dev.slb.translate.status.ListenerStatusFactory;
import dev.slb.translate.status.LoadBalancerStatusFactory;
import dev.slb.translate.status.MasterSlaveGroupStatusFactory;
import dev.slb.translate.status.VServerGroupStatusFactory;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whatever stands in a field: translation does not throw, and forwarders get nothing that is not valid. Every field of
 * objects that use all of them is replaced by every odd value, one at a time.
 */
class OddObjectsTest {

    private static final ObjectMapper JSON = ApiMapper.json();

    private static final String OBJECTS = """
            kind: LoadBalancer
            metadata: {name: shop}
            spec:
              region: eu
              servers:
              - {name: a, podSelector: {matchLabels: {app: web}, matchExpressions: [{key: app, operator: In, values: [web]}]}, weight: 3, weightMode: Shared}
              - {name: b, podName: web-1}
              - {name: c, address: 192.0.2.1}
              slowStartSeconds: 1
              service: {type: ClusterIP, externalTrafficPolicy: Local}
              forwarder: {placement: Sidecar, replicas: 1}
              bandwidthMbps: 1
              capacity: {maxConnections: 1, connectionsPerSecond: 1, requestsPerSecond: 1}
            ---
            kind: Listener
            metadata: {name: http}
            spec:
              loadBalancerRef: {name: shop}
              protocol: HTTP
              port: 80
              state: Running
              serverGroupRef: {kind: VServerGroup, name: web}
              backendPort: http
              backendProtocol: HTTP
              scheduler: RR
              healthCheck: {enabled: true, type: HTTP, port: 1, method: GET, path: /a, host: b, expectedCodes: [2xx], intervalSeconds: 3, timeoutSeconds: 3, healthyThreshold: 3, unhealthyThreshold: 3}
              rules:
              - {name: a, host: "*.example.com", path: /a, serverGroupRef: {name: web}, scheduler: WRR, healthCheck: {type: TCP}}
              - {name: b, path: /b, serverGroupRef: {name: web}}
              timeouts: {idleSeconds: 15, requestSeconds: 60, responseIdleSeconds: 300, connectSeconds: 5, webSocketIdleSeconds: 60}
              connectionDrain: {enabled: true, timeoutSeconds: 300}
              proxyProtocol: {accept: false, send: None}
              http:
                gzip: {enabled: false}
                maxRequestsPerConnection: 1000
                forwarded: {xForwardedFor: Append, trustedCidrs: [10.0.0.0/8], xForwardedProto: true, slbId: true}
                maxHeaderBytes: 32768
                maxUriBytes: 8192
              accessLog: {enabled: false}
            ---
            kind: Listener
            metadata: {name: redirect}
            spec:
              loadBalancerRef: {name: shop}
              protocol: HTTP
              port: 81
              redirect: {port: 443, statusCode: 301}
            ---
            kind: Listener
            metadata: {name: tcp}
            spec:
              loadBalancerRef: {name: shop}
              protocol: TCP
              port: 82
              serverGroupRef: {kind: MasterSlaveGroup, name: db}
            ---
            kind: Listener
            metadata: {name: https}
            spec:
              loadBalancerRef: {name: shop}
              protocol: HTTPS
              port: 443
              backendPort: 8080
              tls: {certificateRef: {name: c}, sni: [{host: a, certificateRef: {name: c}}]}
              accessControl: {policy: Allow, cidrs: [10.0.0.0/8]}
            ---
            kind: VServerGroup
            metadata: {name: web}
            spec:
              loadBalancerRef: {name: shop}
              servers:
              - {name: a, podSelector: {matchLabels: {app: web}}, port: http, weight: 3, weightMode: Shared}
              - {name: b, podName: web-1, port: 8080}
              - {name: c, address: 192.0.2.1, port: 80}
              slowStartSeconds: 1
            ---
            kind: MasterSlaveGroup
            metadata: {name: db}
            spec:
              loadBalancerRef: {name: shop}
              master: {podSelector: {matchLabels: {app: web}}, port: http}
              slave: {address: 192.0.2.1, port: 80}
            ---
            kind: Pod
            metadata: {name: web-1, creationTimestamp: "2026-01-01T00:00:00Z", labels: {app: web}, annotations: {slb.dev/weight: "5"}}
            spec:
              nodeName: node-1
              containers: [{name: main, ports: [{name: http, containerPort: 8080, protocol: TCP}]}]
            status:
              phase: Running
              podIP: 10.1.0.1
              podIPs: [{ip: 10.1.0.1}]
              conditions: [{type: Ready, status: "True"}]
            ---
            kind: Node
            metadata: {name: node-1, labels: {topology.kubernetes.io/region: eu, topology.kubernetes.io/zone: a}}
            """;

    private static final List<String> ODD_VALUES = List.of(
            "null", "\"\"", "-1", "0", "1000000000", "\"odd value\\n\"", "\"é/\"", "true", "[]", "{}", "[null]");

    private final List<String> failures = new ArrayList<>();
    private int translated;

    @Test
    void theObjectsAsTheyAreWork() throws JsonProcessingException {
        List<JsonNode> trees = trees();
        List<HasMetadata> objects = new ArrayList<>();
        for (JsonNode tree : trees) {
            objects.add(read(tree));
        }
        translateAll(objects, "no change");
        assertThat(failures).isEmpty();
    }

    @Test
    void noOddFieldMakesTranslationThrowOrPublishWhatIsNotValid() throws JsonProcessingException {
        List<JsonNode> trees = trees();
        for (int i = 0; i < trees.size(); i++) {
            List<HasMetadata> others = new ArrayList<>();
            for (int j = 0; j < trees.size(); j++) {
                if (j != i) {
                    others.add(read(trees.get(j)));
                }
            }
            JsonNode tree = trees.get(i);
            for (String section : List.of("spec", "status")) {
                if (tree.has(section)) {
                    replaceEach(tree, tree.get(section), section, others);
                    replace((ObjectNode) tree, section, tree, section, others);
                }
            }
            for (String section : List.of("labels", "annotations")) {
                if (tree.at("/metadata").has(section)) {
                    replaceEach(tree, tree.at("/metadata/" + section), section, others);
                    replace((ObjectNode) tree.get("metadata"), section, tree, section, others);
                }
            }
        }
        assertThat(failures).isEmpty();
        assertThat(translated).as("odd objects that could be read at all").isGreaterThan(900);
    }

    private static List<JsonNode> trees() {
        return TestObjects.objects(OBJECTS).stream()
                .<JsonNode>map(JSON::valueToTree)
                .toList();
    }

    private static HasMetadata read(JsonNode tree) throws JsonProcessingException {
        String kind = tree.get("kind").asText();
        return switch (kind) {
            case "LoadBalancer" -> JSON.treeToValue(tree, LoadBalancer.class);
            case "Listener" -> JSON.treeToValue(tree, Listener.class);
            case "VServerGroup" -> JSON.treeToValue(tree, VServerGroup.class);
            case "MasterSlaveGroup" -> JSON.treeToValue(tree, MasterSlaveGroup.class);
            case "Pod" -> JSON.treeToValue(tree, Pod.class);
            case "Node" -> JSON.treeToValue(tree, Node.class);
            default -> throw new IllegalArgumentException(kind);
        };
    }

    private void replaceEach(JsonNode root, JsonNode node, String path, List<HasMetadata> others) {
        if (node instanceof ObjectNode object) {
            List<String> names = new ArrayList<>();
            object.fieldNames().forEachRemaining(names::add);
            for (String name : names) {
                replaceEach(root, object.get(name), path + "." + name, others);
                replace(object, name, root, path + "." + name, others);
            }
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                replaceEach(root, array.get(i), path + "[" + i + "]", others);
            }
        }
    }

    private void replace(ObjectNode parent, String name, JsonNode root, String path, List<HasMetadata> others) {
        JsonNode before = parent.get(name);
        for (String odd : ODD_VALUES) {
            HasMetadata object;
            try {
                parent.set(name, JSON.readTree(odd));
                object = read(root);
            } catch (JsonProcessingException e) {
                // No informer gets such an object either.
                continue;
            } finally {
                parent.set(name, before);
            }
            List<HasMetadata> objects = new ArrayList<>(others);
            objects.add(object);
            translateAll(objects, object.getKind() + " " + path + " = " + odd);
            translated++;
        }
    }

    private void translateAll(List<HasMetadata> objects, String what) {
        World world;
        try {
            world = TestWorld.of(objects, Settings.files(), Instant.EPOCH);
        } catch (RuntimeException e) {
            failures.add("World with " + what + ": " + e + " at " + e.getStackTrace()[0]);
            return;
        }
        for (HasMetadata object : objects) {
            try {
                world.read(snapshot -> {
                    translate(object, snapshot);
                    return null;
                });
            } catch (RuntimeException | AssertionError e) {
                failures.add(Subject.describe(object) + " with " + what + ": " + e + " at " + e.getStackTrace()[0]);
            }
        }
    }

    private static void translate(HasMetadata object, Snapshot snapshot) {
        ForwarderReports reports =
                new ForwarderReports(1, List.of(new ForwarderReport("slb-0", 1, true, new TreeMap<>(), List.of())));
        Translation translation;
        if (object instanceof LoadBalancer loadBalancer) {
            translation = LoadBalancerTranslator.translate(loadBalancer, snapshot);
            LoadBalancerStatusFactory.status(
                    loadBalancer,
                    (LoadBalancerTranslation) translation,
                    List.of(translation),
                    reports,
                    List.of(),
                    LoadBalancerStatusFactory.count(List.of()),
                    List.of(),
                    Instant.EPOCH);
        } else if (object instanceof Listener listener) {
            translation = ListenerTranslator.translate(listener, snapshot);
            ListenerStatusFactory.status(
                    listener,
                    (ListenerTranslation) translation,
                    reports,
                    id -> Optional.empty(),
                    List.of(),
                    Instant.EPOCH);
        } else if (object instanceof VServerGroup group) {
            translation = VServerGroupTranslator.translate(group, snapshot);
            VServerGroupStatusFactory.status(
                    group, (VServerGroupTranslation) translation, reports, List.of(), Instant.EPOCH);
        } else if (object instanceof MasterSlaveGroup group) {
            translation = MasterSlaveGroupTranslator.translate(group, snapshot);
            MasterSlaveGroupStatusFactory.status(
                    group, (MasterSlaveGroupTranslation) translation, reports, List.of(), Instant.EPOCH);
        } else {
            return;
        }
        for (Outcome<? extends PlanDocument> outcome : translation.outcomes()) {
            if (outcome instanceof Outcome.Publish<?> publish) {
                assertThat(publish.document().validate()).as("%s", publish.id()).isEmpty();
            }
        }
    }
}
