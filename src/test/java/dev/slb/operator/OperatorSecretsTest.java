package dev.slb.operator;

import dev.slb.api.Listener;
import dev.slb.api.LoadBalancer;
import dev.slb.plan.LoadBalancerPlan;
import dev.slb.testing.TestCertificates;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import org.junit.jupiter.api.Test;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
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

    /** Its certificate is in the Secret shop-tls. */
    private void createHttpsListener() {
        create("""
                kind: Listener
                metadata: {name: https}
                spec:
                  loadBalancerRef: {name: shop}
                  protocol: HTTPS
                  port: 8443
                  serverGroupRef: {kind: VServerGroup, name: web}
                  healthCheck: {enabled: false}
                  tls: {certificateRef: {name: shop-tls}}
                """);
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
                .filter(plan -> plan.cookieKey() != null)
                .map(plan -> plan.cookieKey().text())
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
        assertThat(Base64.getDecoder().decode(key)).hasSize(32);
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

    @Test
    void aCertificateIsFollowedFromItsAppearanceToItsEndAndTheLastGoodOneServesOn() throws Exception {
        startAll();
        createShop();
        createHttpsListener();
        awaitCondition(Listener.class, "https", "ResolvedRefs", "SecretNotFound");

        api.admin().resource(certificate("shop")).create();
        awaitReady(Listener.class, "https");
        awaitServed("shop.crt");

        api.admin().resource(certificate("shop-renewed")).update();
        awaitServed("shop-renewed.crt");
        awaitReady(Listener.class, "https");

        Secret bad = certificate("shop");
        bad.getData().put("tls.key", certificate("ec").getData().get("tls.key"));
        api.admin().resource(bad).update();
        awaitCondition(Listener.class, "https", "ResolvedRefs", "InvalidCertificate");
        awaitServed("shop-renewed.crt");

        api.admin().resource(bad).delete();
        awaitCondition(Listener.class, "https", "ResolvedRefs", "SecretNotFound");
        awaitServed("shop-renewed.crt");

        // Neither a start of the operators nor of the forwarders needs the Secret.
        replicas.forEach(TestReplica::stopOperator);
        replicas.forEach(TestReplica::startOperator);
        await().atMost(PATIENCE)
                .until(() ->
                        replicas.stream().allMatch(replica -> replica.operator().isSynced()));
        replicas.forEach(TestReplica::stopForwarder);
        replicas.forEach(TestReplica::startForwarder);
        awaitServed("shop-renewed.crt");
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(events(Listener.class, "https")).contains("SecretNotFound", "InvalidCertificate"));
        assertThat(writers()).doesNotContain("admin");
    }

    @Test
    void withoutAnApiServerCertificatesServeOnAndARenewalIsTakenWhenItIsBack() throws Exception {
        createShop();
        api.admin().resource(certificate("shop")).create();
        createHttpsListener();
        startAll();
        awaitReady(Listener.class, "https");
        replicas.forEach(TestReplica::cutApiServer);
        api.admin().resource(certificate("shop-renewed")).update();
        awaitServed("shop.crt");
        replicas.forEach(TestReplica::mendApiServer);
        awaitServed("shop-renewed.crt");

        // Nobody ever said that it was missing.
        assertThat(events(Listener.class, "https")).doesNotContain("SecretNotFound");
    }

    /** The Secret {@code shop-tls} with a certificate and its key, as an API server gives it. */
    private static Secret certificate(String file) {
        Secret plain = TestCertificates.secret("shop-tls", file + ".crt", file + ".key");
        SecretBuilder encoded = new SecretBuilder(plain).withStringData(null);
        plain.getStringData()
                .forEach((field, text) -> encoded.addToData(
                        field, Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII))));
        return encoded.build();
    }

    private void awaitServed(String certificate) throws Exception {
        X509Certificate expected = (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(
                        TestCertificates.pem(certificate).getBytes(StandardCharsets.US_ASCII)));
        for (TestReplica replica : replicas) {
            await().atMost(PATIENCE)
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .untilAsserted(
                            () -> assertThat(served(replica).getSerialNumber()).isEqualTo(expected.getSerialNumber()));
        }
    }

    /** What a handshake shows, whoever has signed it. */
    private X509Certificate served(TestReplica replica) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new TrustsEverybody()}, null);
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket()) {
            socket.setSoTimeout(10_000);
            socket.connect(new InetSocketAddress(replica.address(), bindPort("https")), 10_000);
            socket.startHandshake();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    private static final class TrustsEverybody extends X509ExtendedTrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
