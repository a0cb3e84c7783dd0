package dev.slb.control;

import dev.slb.api.ApiObject;
import dev.slb.api.Listener;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.LoadBalancerPlan;
import dev.slb.plan.PlanDocument;
import dev.slb.plan.PlanJson;
import dev.slb.plan.Secret;
import dev.slb.testing.RecordingSink;
import dev.slb.testing.TestCertificates;
import dev.slb.translate.Settings;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

import static dev.slb.testing.TestObjects.objects;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class FilesControlTest {

    private static final DocumentId WEB = DocumentId.vServerGroup("shop", "web");
    private static final DocumentId SHOP_ID = DocumentId.loadBalancer("shop", "shop");
    private static final DocumentId HTTP = DocumentId.listener("shop", "http");

    private static final String SHOP = """
            kind: LoadBalancer
            metadata: {name: shop}
            spec: {}
            """;

    private final RecordingSink forwarder = new RecordingSink();
    private Secret cookieKey;
    private final FilesControl control =
            new FilesControl(Settings.files(), forwarder, id -> Optional.ofNullable(cookieKey));

    @AfterEach
    void close() {
        control.close();
    }

    private static String listener(int port, String group) {
        return """
                ---
                kind: Listener
                metadata: {name: http}
                spec: {loadBalancerRef: {name: shop}, protocol: TCP, port: %d, serverGroupRef: {kind: VServerGroup, name: %s}}
                """.formatted(port, group);
    }

    private static String group(String name, int port) {
        return """
                ---
                kind: VServerGroup
                metadata: {name: %s}
                spec: {loadBalancerRef: {name: shop}, servers: [{name: web, podSelector: {matchLabels: {app: web}}, port: %d}]}
                """.formatted(name, port);
    }

    private static final String POD = """
            ---
            kind: Pod
            metadata: {name: web-1, labels: {app: web}}
            status: {podIP: 127.0.0.1, conditions: [{type: Ready, status: "True"}]}
            """;

    private void update(String yaml, ObjectId... unreadable) {
        control.update(objects(yaml), Set.of(unreadable));
    }

    private <D extends PlanDocument> void awaitDocument(
            DocumentId id, Class<D> type, java.util.function.Predicate<D> good) {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            PlanDocument document = forwarder.documents().get(id);
            assertThat(document).isInstanceOf(type);
            assertThat(good.test(type.cast(document))).isTrue();
        });
    }

    @Test
    void theForwarderGetsEverythingThatTheFilesMean() {
        assertThat(forwarder.calls()).isEmpty();

        update(SHOP + listener(8080, "web") + group("web", 80) + POD);

        awaitDocument(HTTP, ListenerPlan.class, plan -> plan.frontend().bindPort() == 8080);
        awaitDocument(WEB, GroupPlan.class, plan -> plan.servers().size() == 1);
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(forwarder.calls())
                        .startsWith("begin")
                        .contains("publish loadbalancer/shop/shop", "publish pool/shop/shop")
                        .endsWith("synced"));
    }

    @Test
    void changesReachTheForwarderOneByOne() {
        update(SHOP + listener(8080, "web") + group("web", 80));
        awaitDocument(WEB, GroupPlan.class, plan -> plan.servers().isEmpty());

        update(SHOP + listener(8080, "web") + group("web", 80) + POD);
        awaitDocument(WEB, GroupPlan.class, plan -> plan.servers().size() == 1);

        update(SHOP + listener(8080, "web") + group("web", 80));
        awaitDocument(WEB, GroupPlan.class, plan -> plan.servers().isEmpty());

        update("");
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(forwarder.documents()).isEmpty());
    }

    @Test
    void whatIsAsItWasCostsALookOnly() {
        StringBuilder manifests = new StringBuilder(SHOP);
        for (int i = 0; i < 500; i++) {
            manifests.append(group("web-" + i, 80));
        }
        List<HasMetadata> before = objects(manifests.toString());
        List<HasMetadata> again = objects(manifests.toString());
        for (int i = 0; i < 5; i++) {
            control.update(i % 2 == 0 ? before : again, Set.of());
        }
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadAllocatedBytes();

        control.update(again, Set.of());

        assertThat((threads.getCurrentThreadAllocatedBytes() - start) / again.size())
                .as("bytes for each object that has not changed")
                .isLessThan(1_500);
    }

    @Test
    void whatIsUnreadableStaysAsItWas() {
        update(SHOP + listener(8080, "web") + group("web", 80) + POD);
        awaitDocument(HTTP, ListenerPlan.class, plan -> true);

        update(
                SHOP + group("web", 81) + POD,
                Kinds.LISTENER.id("shop", "http"),
                Kinds.LISTENER.id("shop", "never-seen"));

        awaitDocument(WEB, GroupPlan.class, plan -> plan.servers().get(0).port() == 81);
        assertThat(forwarder.documents()).containsKey(HTTP);
        assertThat(forwarder.calls()).noneMatch(call -> call.startsWith("withdraw"));
    }

    @Test
    void aListenerMovesToItsNewGroupBeforeTheOldOneGoes() {
        update(SHOP + listener(8080, "web") + group("web", 80) + POD);
        awaitDocument(HTTP, ListenerPlan.class, plan -> true);
        int before = forwarder.calls().size();

        update(SHOP + listener(8080, "renamed") + group("renamed", 80) + POD);

        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(forwarder.calls()).contains("withdraw " + WEB));
        assertThat(forwarder.calls().subList(before, forwarder.calls().size()))
                .containsExactly(
                        "publish vservergroup/shop/renamed", "publish " + HTTP, "withdraw vservergroup/shop/web");
    }

    @Test
    void objectsHaveTheStatusesThatAClusterWouldShow() {
        update(SHOP + listener(8080, "web") + group("web", 80) + POD);
        awaitDocument(HTTP, ListenerPlan.class, plan -> true);

        Listener pending = listenerIn(control.objects(report()));
        assertThat(pending.getStatus().bindPort()).isEqualTo(8080);
        assertThat(condition(pending, "Accepted").getStatus()).isEqualTo("True");
        assertThat(condition(pending, "Programmed").getMessage()).contains("0 of 1");

        update(SHOP + listener(8080, "web") + group("web", 80) + POD);
        assertThat(listenerIn(control.objects(report())).getStatus())
                .as("nothing changed, times of conditions included")
                .isEqualTo(pending.getStatus());

        Listener programmed =
                listenerIn(control.objects(report(forwarder.documents().values().toArray(PlanDocument[]::new))));
        assertThat(condition(programmed, "Programmed").getStatus()).isEqualTo("True");
    }

    private static ForwarderReport report(PlanDocument... serving) {
        TreeMap<DocumentId, ForwarderReport.DocumentState> states = new TreeMap<>();
        for (PlanDocument document : serving) {
            states.put(document.id(), new ForwarderReport.DocumentState(PlanJson.version(document), null, null));
        }
        return new ForwarderReport("forwarder", 1, true, states, List.of());
    }

    private static Listener listenerIn(List<HasMetadata> objects) {
        return objects.stream()
                .filter(Listener.class::isInstance)
                .map(Listener.class::cast)
                .findFirst()
                .orElseThrow();
    }

    private static Condition condition(HasMetadata object, String type) {
        return ((ApiObject<?, ?>) object)
                .conditions().stream()
                        .filter(condition -> condition.getType().equals(type))
                        .findFirst()
                        .orElseThrow();
    }

    @Test
    void otherKindsAreIgnored() {
        List<HasMetadata> objects = objects(SHOP);
        objects.add(new io.fabric8.kubernetes.api.model.ConfigMapBuilder()
                .withNewMetadata()
                .withName("other")
                .withNamespace("shop")
                .endMetadata()
                .build());

        control.update(objects, Set.of());

        awaitDocument(DocumentId.loadBalancer("shop", "shop"), PlanDocument.class, plan -> true);
    }

    private static final String STICKY = """
            ---
            kind: Listener
            metadata: {name: http}
            spec:
              loadBalancerRef: {name: shop}
              protocol: HTTP
              port: 80
              backendPort: 80
              sessionPersistence: {type: CookieRewrite, cookieName: JSESSIONID}
            """;

    @Test
    void aKeyForCookiesIsAskedForWhenAListenerNeedsIt() {
        update(SHOP + STICKY);
        awaitDocument(SHOP_ID, LoadBalancerPlan.class, plan -> plan.cookieKey() == null);
        assertThat(forwarder.documents()).doesNotContainKey(HTTP);

        cookieKey = new Secret("MDEyMzQ1Njc4OTAxMjM0NQ==");
        update(SHOP + STICKY);

        awaitDocument(SHOP_ID, LoadBalancerPlan.class, plan -> cookieKey.equals(plan.cookieKey()));
    }

    @Test
    void certificatesComeFromSecretsOfTheFilesAndAreRenewed() {
        List<HasMetadata> objects = new ArrayList<>(objects(SHOP + """
                ---
                kind: Listener
                metadata: {name: http}
                spec:
                  loadBalancerRef: {name: shop}
                  protocol: HTTPS
                  port: 443
                  backendPort: 80
                  tls: {certificateRef: {name: shop-tls}}
                """));
        control.update(objects, Set.of());
        assertThat(resolved()).contains("Secret shop/shop-tls does not exist");

        objects.add(TestCertificates.secret("shop-tls", "shop.crt", "shop.key"));
        control.update(objects, Set.of());
        assertThat(resolved()).contains("all references are resolved");

        objects.set(2, TestCertificates.secret("shop-tls", "shop-renewed.crt", "shop.key"));
        control.update(objects, Set.of());
        assertThat(resolved()).contains("tls.key is not the key of tls.crt");

        objects.set(2, TestCertificates.secret("shop-tls", "shop-renewed.crt", "shop-renewed.key"));
        control.update(objects, Set.of());
        assertThat(resolved()).contains("all references are resolved");

        objects.remove(2);
        control.update(objects, Set.of());
        assertThat(resolved()).contains("Secret shop/shop-tls does not exist");
    }

    private String resolved() {
        return control.translations()
                .get(Kinds.LISTENER.id("shop", "http"))
                .resolvedRefs()
                .message();
    }

    private static String tcp(String name, int port, String... more) {
        return """
                ---
                kind: Listener
                metadata: {name: %s}
                spec: {loadBalancerRef: {name: shop}, protocol: TCP, port: %d, backendPort: 80%s}
                """.formatted(name, port, String.join("", more));
    }

    /** The listeners that are to be served, with their ports. */
    private List<String> served() {
        return control.documents().stream()
                .filter(ListenerPlan.class::isInstance)
                .map(ListenerPlan.class::cast)
                .map(plan -> plan.id().name() + " " + plan.frontend().bindPort())
                .toList();
    }

    private String accepted(String listener) {
        return control.translations()
                .get(Kinds.LISTENER.id("shop", listener))
                .accepted()
                .message();
    }

    @Test
    void amongNewListenersTheFirstByNameHasThePort() {
        update(SHOP + tcp("b", 80) + tcp("a", 80));

        assertThat(served()).containsExactly("a 80");
        assertThat(accepted("b")).endsWith("spec.port: 80 belongs to Listener shop/a, which comes first by name");
    }

    @Test
    void aNewListenerDoesNotTakeThePortOfOneThatIsServed() {
        update(SHOP + tcp("b", 80));
        update(SHOP + tcp("b", 80) + tcp("a", 80));

        assertThat(served()).containsExactly("b 80");
        assertThat(accepted("a")).endsWith("spec.port: 80 belongs to Listener shop/b, which has it already");

        update(SHOP + tcp("b", 80, ", scheduler: RR") + tcp("a", 80));
        assertThat(served()).as("it is edited").containsExactly("b 80");

        update(SHOP + tcp("b", 80, ", scheduler: WLC, bandwidthMbps: 0") + tcp("a", 80));
        assertThat(accepted("b")).contains("spec.bandwidthMbps");
        assertThat(served()).as("it is kept as it was").containsExactly("b 80");

        update(SHOP + tcp("b", 80, ", state: Stopped") + tcp("a", 80));
        assertThat(served()).as("a stopped one keeps its port").isEmpty();

        update(SHOP + tcp("b", 80) + tcp("a", 80));
        assertThat(served()).containsExactly("b 80");
    }

    @Test
    void aPortThatWasLeftBelongsToWhoServesItNext() {
        update(SHOP + tcp("a", 80));
        update(SHOP + tcp("a", 80) + tcp("b", 80));
        update(SHOP + tcp("a", 81) + tcp("b", 80));
        assertThat(served()).containsExactly("a 81", "b 80");

        update(SHOP + tcp("a", 80) + tcp("b", 80));
        assertThat(served()).as("one that moves takes no port of another").containsExactly("b 80");

        update(SHOP + tcp("b", 80));
        update(SHOP + tcp("a", 80) + tcp("b", 80));
        assertThat(served()).as("one that was gone is new").containsExactly("b 80");

        update(SHOP + tcp("a", 80));
        assertThat(served()).containsExactly("a 80");
    }

    @Test
    void listenersMaySwapTheirPorts() {
        update(SHOP + tcp("a", 80) + tcp("b", 81));
        update(SHOP + tcp("a", 81) + tcp("b", 80));
        assertThat(served()).containsExactly("a 81", "b 80");

        update(SHOP + tcp("0", 80) + tcp("a", 81) + tcp("b", 80));
        assertThat(served()).containsExactly("a 81", "b 80");
    }

    @Test
    void aRenamedListenerIsANewOne() {
        update(SHOP + tcp("b", 80));
        update(SHOP + tcp("b", 80) + tcp("c", 80));
        update(SHOP + tcp("x", 80) + tcp("c", 80));

        assertThat(served()).containsExactly("c 80");
    }

    @Test
    void ofTwoProtocolsOnOnePortNumberEachKeepsItsOwn() {
        String udp = tcp("b", 80).replace("TCP", "UDP");
        update(SHOP + tcp("a", 80) + udp);
        update(SHOP + tcp("a", 80).replace("TCP", "UDP") + udp);
        assertThat(served()).as("the number alone is not the port").containsExactly("b 80");

        update(SHOP + tcp("a", 80) + udp);
        assertThat(served()).containsExactly("a 80", "b 80");
    }

    @Test
    void whenItsLoadBalancerComesBackEveryListenerIsNew() {
        update(SHOP + tcp("b", 80));
        update(SHOP + tcp("a", 80) + tcp("b", 80));
        update(tcp("a", 80) + tcp("b", 80));
        assertThat(served()).isEmpty();

        update(SHOP + tcp("a", 80) + tcp("b", 80));
        assertThat(served()).containsExactly("a 80");
    }

    @Test
    void aNewListenerTakesNoPlaceOfTheQuotaFromOneThatIsServed() {
        StringBuilder full = new StringBuilder(SHOP);
        for (int i = 0; i < 50; i++) {
            full.append(tcp("b%02d".formatted(i), 8000 + i));
        }
        update(full.toString());
        List<String> before = served();
        assertThat(before).hasSize(50);

        update(full + tcp("a", 9000));
        assertThat(served()).isEqualTo(before);
        assertThat(accepted("a")).contains("which is the quota");

        update(full.toString().replace("port: 8049", "port: 8100") + tcp("a", 9000));
        assertThat(served()).as("another port is the same place").hasSize(50).contains("b49 8100");
    }

    @Test
    void aNewListenerTakesNoBandwidthFromOneThatIsServed() {
        String shop = SHOP.replace("spec: {}", "spec: {bandwidthMbps: 100}");
        update(shop + tcp("b", 80, ", bandwidthMbps: 60"));
        update(shop + tcp("b", 80, ", bandwidthMbps: 60") + tcp("a", 81, ", bandwidthMbps: 60"));

        assertThat(served()).containsExactly("b 80");
        assertThat(accepted("b")).endsWith("accepted");
    }

    @Test
    void aNewServerTakesNoPlaceOfTheQuotaFromOneThatIsServed() {
        StringBuilder pods = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            pods.append(POD.replace("web-1", "web-%03d".formatted(i)));
        }
        update(SHOP + group("web", 80) + pods);
        update(SHOP + group("web", 80) + pods + POD.replace("web-1", "a"));
        assertThat(servers("web")).hasSize(200).doesNotContain("a");

        String other = group("other", 80).replace("podSelector: {matchLabels: {app: web}}", "address: 10.0.0.1");
        update(SHOP + group("web", 80) + other + pods);
        assertThat(servers("web")).as("addresses are no exception").hasSize(200);
        assertThat(servers("other")).isEmpty();

        update(SHOP + group("web", 80) + other + pods.toString().replace("name: web-000", "name: z"));
        assertThat(servers("web")).hasSize(199);
        assertThat(servers("other")).as("of new ones addresses come first").hasSize(1);
    }

    private List<String> servers(String group) {
        return control.documents().stream()
                .filter(document -> document.id().equals(DocumentId.vServerGroup("shop", group)))
                .flatMap(document -> ((GroupPlan) document).servers().stream())
                .map(server -> server.name())
                .toList();
    }
}
