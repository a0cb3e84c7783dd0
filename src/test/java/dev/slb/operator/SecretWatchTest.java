package dev.slb.operator;

import dev.slb.api.Listener;
import dev.slb.control.world.World;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.testing.MockApiServer;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpProxy;
import dev.slb.testing.TestCertificates;
import dev.slb.testing.TestObjects;
import dev.slb.translate.AllowedServices;
import dev.slb.translate.Quotas;
import dev.slb.translate.SecretFacts;
import dev.slb.translate.Settings;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** Which Secrets and ConfigMaps come into the world, on an API server in memory. */
@Sockets
class SecretWatchTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final ObjectId WEB = Kinds.LISTENER.id("shop", "web");

    private final MockApiServer api = new MockApiServer();
    private final TcpProxy road = new TcpProxy(api.address());
    private final KubernetesClient client = api.client("watcher", road.port());
    private final World world = new World(Settings.cluster(Quotas.SLB, List.of(), AllowedServices.DEFAULT));
    private final Set<ObjectId> touched = ConcurrentHashMap.newKeySet();
    private final SecretWatch watch = new SecretWatch(client, world, touched::addAll);

    @AfterEach
    void close() {
        watch.close();
        client.close();
        road.close();
        api.close();
    }

    private void follow(String tls) {
        Listener listener = TestObjects.object(Listener.class, """
                kind: Listener
                metadata: {name: web}
                spec: {loadBalancerRef: {name: shop}, protocol: HTTPS, port: 443, backendPort: 80, %s}
                """.formatted(tls));
        Runnable letGo = watch.follow(WEB, Kinds.LISTENER.needs(listener).secrets());
        world.put(listener);
        letGo.run();
    }

    private void create(Secret secret) {
        api.admin().resource(encoded(secret)).create();
    }

    private void update(Secret secret) {
        api.admin().resource(encoded(secret)).update();
    }

    /** A real API server gives data only. */
    private static Secret encoded(Secret secret) {
        SecretBuilder builder = new SecretBuilder(secret).withStringData(null);
        secret.getStringData()
                .forEach((field, text) ->
                        builder.addToData(field, java.util.Base64.getEncoder().encodeToString(text.getBytes())));
        return builder.build();
    }

    private Optional<SecretFacts> secret(String name) {
        return world.read(snapshot -> snapshot.secret("shop", name));
    }

    private void awaitDelivered() {
        await().atMost(PATIENCE).until(watch::isDelivered);
    }

    @Test
    void aSecretThatIsNamedIsFollowedFromItsAppearanceToItsEnd() {
        follow("tls: {certificateRef: {name: shop-tls}}");
        awaitDelivered();
        assertThat(secret("shop-tls")).isEmpty();

        create(TestCertificates.secret("shop-tls", "shop.crt", "shop.key"));
        await().atMost(PATIENCE).until(() -> secret("shop-tls").isPresent());
        assertThat(touched).containsExactly(WEB);
        SecretFacts first = secret("shop-tls").orElseThrow();
        assertThat(first.keyPair().problem()).isNull();

        touched.clear();
        update(TestCertificates.secret("shop-tls", "shop-renewed.crt", "shop-renewed.key"));
        await().atMost(PATIENCE).until(() -> !secret("shop-tls").orElseThrow().equals(first));
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(touched).containsExactly(WEB));

        api.admin().secrets().inNamespace("shop").withName("shop-tls").delete();
        await().atMost(PATIENCE).until(() -> secret("shop-tls").isEmpty());
    }

    @Test
    void whatNobodyNamesDoesNotComeIntoTheProcess() {
        create(TestCertificates.secret("shop-tls", "shop.crt", "shop.key"));
        create(TestCertificates.secret("wild", "wild.crt", "wild.key"));
        create(TestCertificates.secret("other", "ec.crt", "ec.key"));
        follow("tls: {certificateRef: {name: shop-tls}, sni: [{host: '*.example.com', certificateRef: {name: wild}}]}");
        awaitDelivered();
        assertThat(secret("shop-tls")).isPresent();
        assertThat(secret("wild")).isPresent();
        assertThat(secret("other")).isEmpty();
        assertThat(watch.isDelivered(WEB)).isTrue();

        follow("tls: {certificateRef: {name: other}}");
        awaitDelivered();
        assertThat(secret("other")).isPresent();
        assertThat(secret("shop-tls")).isEmpty();
        assertThat(secret("wild")).isEmpty();

        // What comes late of one that was let go is not taken.
        update(TestCertificates.secret("wild", "ec.crt", "ec.key"));
        world.remove(WEB);
        watch.forget(WEB).run();
        await().atMost(PATIENCE).until(() -> secret("other").isEmpty());
        assertThat(secret("wild")).isEmpty();
    }

    @Test
    void anAuthorityMayBeAConfigMapOrASecret() {
        api.admin().resource(TestCertificates.authority("clients", "ca.crt")).create();
        follow("tls: {certificateRef: {name: shop-tls}, clientCARef: {name: clients}},"
                + " backendProtocol: HTTPS, backendTls: {caRef: {name: servers}}");
        awaitDelivered();
        assertThat(world.<Boolean>read(
                        snapshot -> snapshot.configMap("shop", "clients").isPresent()))
                .isTrue();
        assertThat(secret("clients")).isEmpty();

        create(new SecretBuilder(TestCertificates.secret("servers", "shop.crt", "shop.key"))
                .addToStringData("ca.crt", TestCertificates.pem("ca.crt"))
                .build());
        await().atMost(PATIENCE).until(() -> secret("servers").isPresent());
        assertThat(secret("servers").orElseThrow().authority().problem()).isNull();
    }

    @Test
    void whatCanNotBeListedIsNotTakenForAbsent() {
        create(TestCertificates.secret("shop-tls", "shop.crt", "shop.key"));
        road.cut();
        follow("tls: {certificateRef: {name: shop-tls}}");
        await().pollDelay(Duration.ofMillis(500)).until(() -> true);
        assertThat(watch.isDelivered()).isFalse();
        assertThat(watch.isDelivered(WEB)).isFalse();

        road.mend();
        awaitDelivered();
        assertThat(secret("shop-tls")).isPresent();
    }

    @Test
    void oneThatMayNotBeReadHoldsUpNobodyAndIsReadOnceItMay() {
        create(TestCertificates.secret("shop-tls", "shop.crt", "shop.key"));
        api.forbid("metadata.name%3Dshop-tls");
        follow("tls: {certificateRef: {name: shop-tls}}");
        awaitDelivered();
        assertThat(secret("shop-tls")).isEmpty();
        assertThat(watch.refusal(WEB))
                .contains("Secret shop/shop-tls can't be read: the operator may not list and watch it");

        api.permitAll();
        await().atMost(PATIENCE).until(() -> secret("shop-tls").isPresent());
        assertThat(watch.refusal(WEB)).isEmpty();
    }
}
