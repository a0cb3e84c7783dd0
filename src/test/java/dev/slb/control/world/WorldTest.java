package dev.slb.control.world;

import dev.slb.api.Listener;
import dev.slb.api.LoadBalancer;
import dev.slb.api.VServerGroup;
import dev.slb.base.Cidr;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.plan.Secret;
import dev.slb.testing.TestCertificates;
import dev.slb.translate.AllowedServices;
import dev.slb.translate.ConfigMapFacts;
import dev.slb.translate.NodeFacts;
import dev.slb.translate.PodFacts;
import dev.slb.translate.Quotas;
import dev.slb.translate.SecretFacts;
import dev.slb.translate.Settings;
import dev.slb.translate.Snapshot;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import org.junit.jupiter.api.Test;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;

import static dev.slb.testing.TestObjects.object;
import static dev.slb.testing.TestObjects.objects;
import static org.assertj.core.api.Assertions.assertThat;

class WorldTest {

    private static final String SHOP = """
            kind: LoadBalancer
            metadata: {name: shop}
            spec: {servers: [{name: web, podSelector: {matchLabels: {app: web}}}]}
            ---
            kind: LoadBalancer
            metadata: {name: other}
            spec: {}
            ---
            kind: Listener
            metadata: {name: http}
            spec: {loadBalancerRef: {name: shop}, port: 80, serverGroupRef: {kind: VServerGroup, name: web}}
            ---
            kind: Listener
            metadata: {name: rules}
            spec: {loadBalancerRef: {name: shop}, port: 81, rules: [{name: api, serverGroupRef: {name: api}}]}
            ---
            kind: Listener
            metadata: {name: foreign}
            spec: {loadBalancerRef: {name: other}, port: 80, serverGroupRef: {kind: VServerGroup, name: web}}
            ---
            kind: VServerGroup
            metadata: {name: web}
            spec: {loadBalancerRef: {name: shop}, servers: [{name: web, podSelector: {matchLabels: {app: web}}}]}
            ---
            kind: VServerGroup
            metadata: {name: api}
            spec: {loadBalancerRef: {name: shop}, servers: [{name: api, podSelector: {matchLabels: {app: api}}}]}
            ---
            kind: MasterSlaveGroup
            metadata: {name: db}
            spec: {loadBalancerRef: {name: shop}, master: {podName: db-0}, slave: {podName: db-1}}
            """;

    private final World world = new World(Settings.files());

    private static List<String> texts(Collection<ObjectId> ids) {
        return ids.stream().map(ObjectId::toString).toList();
    }

    private void shop() {
        objects(SHOP).forEach(world::put);
    }

    private static PodFacts pod(String name, String app, boolean ready, String address) {
        return PodFacts.of(object(Pod.class, """
                kind: Pod
                metadata: {name: %s, uid: u-%s, labels: {app: %s}}
                spec: {nodeName: node-1}
                status: {podIP: %s, conditions: [{type: Ready, status: "%s"}]}
                """.formatted(name, name, app, address, ready ? "True" : "False")));
    }

    private static <T extends HasMetadata> T shopObject(Class<T> kind, String name) {
        return objects(SHOP).stream()
                .filter(kind::isInstance)
                .filter(object -> object.getMetadata().getName().equals(name))
                .map(kind::cast)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aLoadBalancerIsNeededByAllItsListenersAndGroups() {
        shop();

        assertThat(texts(world.remove(Kinds.LOAD_BALANCER.id("shop", "shop"))))
                .containsExactly(
                        "loadbalancer/shop/shop",
                        "vservergroup/shop/api",
                        "vservergroup/shop/web",
                        "masterslavegroup/shop/db",
                        "listener/shop/http",
                        "listener/shop/rules");
    }

    @Test
    void aListenerIsNeededByTheOthersOfItsLoadBalancerForPortsAndQuotas() {
        shop();

        assertThat(texts(world.remove(Kinds.LISTENER.id("shop", "http"))))
                .containsExactly("loadbalancer/shop/shop", "listener/shop/http", "listener/shop/rules");
    }

    @Test
    void aGroupIsNeededByItsLoadBalancerThatCountsItAndByEveryListenerThatNamesIt() {
        shop();

        assertThat(texts(world.remove(Kinds.V_SERVER_GROUP.id("shop", "web"))))
                .containsExactly(
                        "loadbalancer/shop/shop",
                        "vservergroup/shop/web",
                        "listener/shop/foreign",
                        "listener/shop/http");
    }

    @Test
    void aPodIsNeededByWhatSelectsIt() {
        shop();

        assertThat(texts(world.putPod(pod("web-1", "web", true, "10.0.0.1"))))
                .containsExactly("loadbalancer/shop/shop", "vservergroup/shop/web");
        assertThat(texts(world.putPod(pod("api-1", "api", true, "10.0.0.2")))).containsExactly("vservergroup/shop/api");
    }

    @Test
    void aPodThatTurnsReadyTouchesWhatSelectsIt() {
        shop();
        world.putPod(pod("web-1", "web", false, "10.0.0.1"));
        world.putPod(pod("db-0", "db", false, "10.0.0.2"));

        assertThat(texts(world.putPod(pod("web-1", "web", true, "10.0.0.1"))))
                .containsExactly("loadbalancer/shop/shop", "vservergroup/shop/web");
        assertThat(texts(world.putPod(pod("db-0", "db", true, "10.0.0.2"))))
                .containsExactly("masterslavegroup/shop/db");
        assertThat(world.putPod(pod("db-0", "db", true, "10.0.0.2")))
                .as("nothing changed")
                .isEmpty();
    }

    @Test
    void aPodThatLeavesAGroupTouchesTheGroupItLeft() {
        shop();
        world.putPod(pod("web-1", "web", true, "10.0.0.1"));

        assertThat(texts(world.putPod(pod("web-1", "retired", true, "10.0.0.1"))))
                .contains("vservergroup/shop/web");
    }

    @Test
    void podsOfOtherNamespacesAreNobodys() {
        shop();
        Pod pod = object(Pod.class, "{kind: Pod, metadata: {name: web-1, namespace: elsewhere, labels: {app: web}}}");

        assertThat(world.putPod(PodFacts.of(pod))).isEmpty();
    }

    @Test
    void aNodeIsNeededByWhatHasServersThere() {
        shop();
        assertThat(world.putNode(new NodeFacts("node-1", "eu", "a"))).isEmpty();
        world.putPod(pod("web-1", "web", true, "10.0.0.1"));

        assertThat(texts(world.putNode(new NodeFacts("node-1", "eu", "b")))).contains("vservergroup/shop/web");
        assertThat(world.putNode(new NodeFacts("node-1", "eu", "b"))).isEmpty();
        assertThat(world.putNode(new NodeFacts("node-2", "eu", "b"))).isEmpty();
    }

    @Test
    void aStatusIsNoChangeButForThePortToBind() {
        shop();
        Listener http = shopObject(Listener.class, "http");
        http.setStatus(
                object(Listener.class, "{kind: Listener, metadata: {name: x}, status: {worstCaseFailoverSeconds: 9}}")
                        .getStatus());
        assertThat(world.put(http)).isEmpty();

        Listener bound = shopObject(Listener.class, "http");
        bound.setStatus(object(Listener.class, "{kind: Listener, metadata: {name: x}, status: {bindPort: 10000}}")
                .getStatus());
        assertThat(texts(world.put(bound))).containsExactly("listener/shop/http");
    }

    @Test
    void anObjectMadeAnewOrOfANewGenerationIsAChange() {
        shop();
        VServerGroup anew = shopObject(VServerGroup.class, "web");
        anew.getMetadata().setUid("another");
        assertThat(texts(world.put(anew))).contains("vservergroup/shop/web");

        VServerGroup newer = shopObject(VServerGroup.class, "web");
        newer.getMetadata().setUid("another");
        newer.getMetadata().setGeneration(2L);
        assertThat(texts(world.put(newer))).contains("vservergroup/shop/web");
    }

    @Test
    void anObjectThatMovesTouchesBothLoadBalancers() {
        shop();
        Listener moved = object(
                Listener.class,
                "{kind: Listener, metadata: {name: http}, spec: {loadBalancerRef: {name: other}, port: 80}}");

        assertThat(texts(world.put(moved)))
                .containsExactly(
                        "loadbalancer/shop/other",
                        "loadbalancer/shop/shop",
                        "listener/shop/foreign",
                        "listener/shop/http",
                        "listener/shop/rules");
        assertThat(world.<Integer>read(
                        snapshot -> snapshot.listenersOf("shop", "shop").size()))
                .isEqualTo(1);
    }

    @Test
    void anAnswerToAnOwnWriteDoesNotOvertakeTheWatch() {
        Listener first = shopObject(Listener.class, "http");
        first.getMetadata().setResourceVersion("1");
        Listener answer = shopObject(Listener.class, "http");
        answer.getMetadata().setResourceVersion("2");
        Listener newer = shopObject(Listener.class, "http");
        newer.getMetadata().setResourceVersion("3");
        world.put(first);

        world.put(newer);
        world.replace(first, answer);
        assertThat(world.object(Kinds.LISTENER.id("shop", "http"))).contains(newer);

        world.remove(Kinds.LISTENER.id("shop", "http"));
        world.replace(first, answer);
        assertThat(world.object(Kinds.LISTENER.id("shop", "http"))).isEmpty();
    }

    @Test
    void forwardersAreNeededByTheLimitsAndByFixedAddresses() {
        World restricted = new World(Settings.cluster(
                Quotas.SLB, List.of(Cidr.parse("192.0.2.0/24").orElseThrow()), AllowedServices.DEFAULT));
        objects(SHOP).forEach(restricted::put);
        restricted.put(object(VServerGroup.class, """
                kind: VServerGroup
                metadata: {name: fixed}
                spec: {loadBalancerRef: {name: shop}, servers: [{name: a, address: 192.0.2.1}]}
                """));

        assertThat(texts(restricted.setForwarders(2, List.of("10.0.0.9"))))
                .containsExactly("loadbalancer/shop/other", "loadbalancer/shop/shop");
        assertThat(restricted.setForwarders(2, List.of("10.0.0.9"))).isEmpty();
        assertThat(texts(restricted.setForwarders(2, List.of("192.0.2.1")))).containsExactly("vservergroup/shop/fixed");
        assertThat(texts(restricted.setForwarders(2, List.of("192.0.2.2")))).containsExactly("vservergroup/shop/fixed");
    }

    @Test
    void anEditOfAGroupOrARuleIsNobodyElsesBusiness() {
        shop();
        VServerGroup web = shopObject(VServerGroup.class, "web");
        web.getMetadata().setGeneration(2L);
        assertThat(texts(world.put(web))).containsExactly("vservergroup/shop/web");

        assertThat(texts(world.put(object(Listener.class, """
                kind: Listener
                metadata: {name: rules}
                spec: {loadBalancerRef: {name: shop}, port: 81, rules: [{name: other, serverGroupRef: {name: web}}]}
                """)))).containsExactly("listener/shop/rules");
    }

    private static Listener listener(String name, int port, String more) {
        return object(Listener.class, """
                kind: Listener
                metadata: {name: %s, creationTimestamp: "2026-01-01T00:00:0%dZ"}
                spec: {loadBalancerRef: {name: shop}, protocol: HTTP, port: %d, backendPort: 80%s}
                """.formatted(name, name.length(), port, more));
    }

    private String accepted(Listener listener) {
        return world.read(snapshot -> Kinds.LISTENER.translate(listener, snapshot))
                .accepted()
                .message();
    }

    @Test
    void whoHasAPortAndBandwidthIsFoundOutAnewWhenAListenerOrTheLoadBalancerAsksForSomethingElse() {
        shop();
        Listener younger = listener("younger", 90, "");
        Listener old = listener("old", 91, "");
        world.put(younger);
        world.put(old);
        assertThat(accepted(younger)).contains("accepted");

        assertThat(texts(world.put(listener("old", 90, "")))).contains("listener/shop/younger");
        assertThat(accepted(younger)).contains("belongs to Listener shop/old");

        world.remove(Kinds.LISTENER.id("shop", "old"));
        assertThat(accepted(younger)).contains("accepted");

        Listener broad = listener("younger", 90, ", bandwidthMbps: 6");
        world.put(listener("old", 91, ", bandwidthMbps: 5"));
        world.put(broad);
        assertThat(accepted(broad)).contains("accepted");
        world.put(
                object(LoadBalancer.class, "{kind: LoadBalancer, metadata: {name: shop}, spec: {bandwidthMbps: 10}}"));
        assertThat(accepted(broad)).contains("more than the 5 Mbit/s that older listeners leave of the 10");
    }

    @Test
    void anEditOfALoadBalancerThatOthersDontSeeIsNobodyElsesBusiness() {
        shop();

        assertThat(texts(world.put(
                        object(LoadBalancer.class, "{kind: LoadBalancer, metadata: {name: shop}, spec: {}}"))))
                .containsExactly("loadbalancer/shop/shop");
        assertThat(texts(world.put(object(
                        LoadBalancer.class, "{kind: LoadBalancer, metadata: {name: shop}, spec: {bandwidthMbps: 5}}"))))
                .contains("listener/shop/http", "vservergroup/shop/api");
    }

    @Test
    void anEmptyObjectHarmsNobody() {
        for (String kind : List.of("LoadBalancer", "Listener", "VServerGroup", "MasterSlaveGroup")) {
            HasMetadata empty = objects("{kind: %s, metadata: {name: empty}}".formatted(kind))
                    .get(0);
            assertThat(world.put(empty)).containsExactly(Kinds.ALL.idOf(empty).orElseThrow());
        }
        assertThat(world.putPod(pod("web-1", "web", true, "10.0.0.1"))).isEmpty();
        assertThat(world.objectIds()).hasSize(4);
    }

    private static final String HTTPS = """
            kind: LoadBalancer
            metadata: {name: shop}
            ---
            kind: Listener
            metadata: {name: https}
            spec:
              loadBalancerRef: {name: shop}
              protocol: HTTPS
              port: 443
              tls:
                certificateRef: {name: shop-tls}
                sni: [{host: "*.example.com", certificateRef: {name: wild}}]
                clientCARef: {name: clients}
              backendTls: {caRef: {name: servers}}
            ---
            kind: Listener
            metadata: {name: other}
            spec: {loadBalancerRef: {name: shop}, protocol: HTTPS, port: 444, tls: {certificateRef: {name: wild}}}
            """;

    @Test
    void aSecretOrConfigMapIsNeededByTheListenersThatNameItAlone() {
        objects(HTTPS).forEach(world::put);

        assertThat(texts(world.putSecret(SecretFacts.of(TestCertificates.secret("shop-tls", "shop.crt", "shop.key")))))
                .containsExactly("listener/shop/https");
        assertThat(texts(world.putSecret(SecretFacts.of(TestCertificates.secret("wild", "wild.crt", "wild.key")))))
                .containsExactly("listener/shop/https", "listener/shop/other");
        assertThat(texts(world.putConfigMap(ConfigMapFacts.of(TestCertificates.authority("clients", "ca.crt")))))
                .containsExactly("listener/shop/https");
        assertThat(texts(world.putConfigMap(ConfigMapFacts.of(TestCertificates.authority("servers", "ca.crt")))))
                .containsExactly("listener/shop/https");
        assertThat(world.putSecret(SecretFacts.of(TestCertificates.secret("stranger", "shop.crt", "shop.key"))))
                .isEmpty();
        assertThat(world.putSecret(SecretFacts.of(TestCertificates.secret("wild", "wild.crt", "wild.key"))))
                .isEmpty();

        assertThat(texts(world.removeSecret("shop", "shop-tls"))).containsExactly("listener/shop/https");
        assertThat(world.removeSecret("shop", "shop-tls")).isEmpty();
        assertThat(texts(world.removeConfigMap("shop", "clients"))).containsExactly("listener/shop/https");
        assertThat(world.removeConfigMap("shop", "clients")).isEmpty();
    }

    @Test
    void aListenerThatNoLongerNamesASecretDoesNotNeedIt() {
        objects(HTTPS).forEach(world::put);
        objects(HTTPS.replace("shop-tls", "another")).forEach(world::put);

        assertThat(world.putSecret(SecretFacts.of(TestCertificates.secret("shop-tls", "shop.crt", "shop.key"))))
                .isEmpty();
        assertThat(texts(world.putSecret(SecretFacts.of(TestCertificates.secret("another", "shop.crt", "shop.key")))))
                .containsExactly("listener/shop/https");
    }

    @Test
    void aCertificateThatExpiresIsTranslatedAgainOnce() {
        MovableClock clock = new MovableClock(TestCertificates.GOOD_TIME);
        World timed = new World(Kinds.ALL, Settings.files(), clock);
        objects(HTTPS).forEach(timed::put);
        timed.putSecret(SecretFacts.of(TestCertificates.secret("shop-tls", "shop-one-year.crt", "shop.key")));
        timed.putSecret(SecretFacts.of(TestCertificates.secret("wild", "wild.crt", "wild.key")));

        clock.now = clock.now.plus(Duration.ofDays(30));
        assertThat(timed.reviewCertificates()).isEmpty();
        clock.now = TestCertificates.YEARS_LATER;
        assertThat(texts(timed.reviewCertificates())).containsExactly("listener/shop/https");
        assertThat(timed.reviewCertificates()).isEmpty();
        assertThat(timed.<Instant>read(Snapshot::certificatesAsOf)).isEqualTo(TestCertificates.YEARS_LATER);
    }

    @Test
    void anOcspResponseThatExpiresIsTranslatedAgainOnce() {
        MovableClock clock = new MovableClock(TestCertificates.GOOD_TIME);
        World timed = new World(Kinds.ALL, Settings.files(), clock);
        objects(HTTPS).forEach(timed::put);
        io.fabric8.kubernetes.api.model.Secret stapled = TestCertificates.secret("shop-tls", "shop.crt", "shop.key");
        stapled.setData(Map.of("tls.ocsp-staple", TestCertificates.pem("shop-90-days.ocsp")));

        assertThat(texts(timed.putSecret(SecretFacts.of(stapled)))).containsExactly("listener/shop/https");
        assertThat(timed.putSecret(SecretFacts.of(stapled))).isEmpty();
        clock.now = clock.now.plus(Duration.ofDays(90));
        assertThat(texts(timed.reviewCertificates())).containsExactly("listener/shop/https");
        assertThat(timed.reviewCertificates()).isEmpty();

        stapled.setData(Map.of("tls.ocsp-staple", TestCertificates.pem("shop.ocsp")));
        assertThat(texts(timed.putSecret(SecretFacts.of(stapled)))).containsExactly("listener/shop/https");
    }

    @Test
    void aCertificateThatWasReplacedExpiresUnnoticed() {
        MovableClock clock = new MovableClock(TestCertificates.GOOD_TIME);
        World timed = new World(Kinds.ALL, Settings.files(), clock);
        objects(HTTPS).forEach(timed::put);
        timed.putSecret(SecretFacts.of(TestCertificates.secret("shop-tls", "shop-one-year.crt", "shop.key")));
        timed.putSecret(SecretFacts.of(TestCertificates.secret("shop-tls", "shop.crt", "shop.key")));

        clock.now = TestCertificates.YEARS_LATER;

        assertThat(timed.reviewCertificates()).isEmpty();
    }

    @Test
    void aCookieKeyIsNeededByItsLoadBalancerAndTheListeners() {
        shop();
        Secret key = new Secret("MDEyMzQ1Njc4OTAxMjM0NQ==");

        assertThat(texts(world.putCookieKey(Kinds.LOAD_BALANCER.id("shop", "shop"), key)))
                .containsExactly("loadbalancer/shop/shop", "listener/shop/http", "listener/shop/rules");
        assertThat(world.putCookieKey(Kinds.LOAD_BALANCER.id("shop", "shop"), key))
                .isEmpty();
        assertThat(world.<Boolean>read(
                        snapshot -> snapshot.cookieKey("shop", "shop").isPresent()
                                && snapshot.cookieKey("shop", "other").isEmpty()))
                .isTrue();
        assertThat(texts(world.removeCookieKey(Kinds.LOAD_BALANCER.id("shop", "shop"))))
                .containsExactly("loadbalancer/shop/shop", "listener/shop/http", "listener/shop/rules");
        assertThat(world.removeCookieKey(Kinds.LOAD_BALANCER.id("shop", "shop")))
                .isEmpty();
    }

    /** Stands where it is put. */
    private static final class MovableClock extends Clock {
        Instant now;

        MovableClock(Instant now) {
            this.now = now;
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
