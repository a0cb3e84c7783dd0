package dev.slb.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slb.testing.TestCertificates;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class ValidateCommandTest {

    private static final String GOOD = """
            apiVersion: slb.dev/v1alpha1
            kind: LoadBalancer
            metadata: {name: shop, namespace: shop}
            spec: {}
            ---
            apiVersion: slb.dev/v1alpha1
            kind: Listener
            metadata: {name: web, namespace: shop}
            spec: {loadBalancerRef: {name: shop}, protocol: HTTP, port: 80, backendPort: 8000}
            """;

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();

    private int validate(String... arguments) {
        String[] all = new String[arguments.length + 3];
        all[0] = "validate";
        all[1] = "-f";
        all[2] = folder.toString();
        System.arraycopy(arguments, 0, all, 3, arguments.length);
        return Main.commandLine().setOut(new PrintWriter(out)).execute(all);
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(folder.resolve(file), text);
    }

    @Test
    void goodManifestsAreGood() throws IOException {
        write("shop.yaml", GOOD);

        assertThat(validate()).isZero();
        assertThat(out.toString()).isEqualToIgnoringNewLines("2 objects read, 0 problems found\n");
    }

    @Test
    void theQuickstartIsGood() {
        StringWriter text = new StringWriter();

        assertThat(Main.commandLine()
                        .setOut(new PrintWriter(text))
                        .execute("validate", "-f", "deploy/examples/quickstart"))
                .isZero();
        assertThat(text.toString()).contains("16 objects read, 0 problems found");
    }

    @Test
    void theExampleOfHttpsIsGood() {
        StringWriter text = new StringWriter();

        assertThat(Main.commandLine().setOut(new PrintWriter(text)).execute("validate", "-f", "deploy/examples/https"))
                .isZero();
        assertThat(text.toString()).contains("4 objects read, 0 problems found");
    }

    @Test
    void namesFileLineObjectAndField() throws IOException {
        write("shop.yaml", GOOD.replace("port: 80,", "port: 99999,"));

        assertThat(validate()).isEqualTo(1);
        assertThat(out.toString())
                .contains(folder.resolve("shop.yaml") + ":6: Listener shop/web: spec.port: ")
                .contains("1 problem found");
    }

    @Test
    void namesServersThatAreLeftOutByDesign() throws IOException {
        write("shop.yaml", GOOD.replace("spec: {}", "spec: {region: eu, servers: [{name: web, podName: web-0}]}"));
        write("cluster.yaml", """
                apiVersion: v1
                kind: Node
                metadata: {name: far, labels: {topology.kubernetes.io/region: us}}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: web-0, namespace: shop}
                spec: {nodeName: far, containers: [{name: main, image: web}]}
                status: {podIP: 192.0.2.1, phase: Running, conditions: [{type: Ready, status: "True"}]}
                """);

        assertThat(validate()).isEqualTo(1);
        assertThat(out.toString())
                .contains("LoadBalancer shop/shop: spec.servers[web]: server web-0 is left out: CrossRegion");
    }

    @Test
    void findsWhatOnlyTheObjectsTogetherShow() throws IOException {
        write("shop.yaml", GOOD);
        write("more.yaml", """
                apiVersion: slb.dev/v1alpha1
                kind: Listener
                metadata: {name: dangling, namespace: shop}
                spec: {loadBalancerRef: {name: shop}, protocol: TCP, port: 81, serverGroupRef: {kind: VServerGroup, name: nowhere}}
                ---
                apiVersion: slb.dev/v1alpha1
                kind: Listener
                metadata: {name: web2, namespace: shop}
                spec: {loadBalancerRef: {name: shop}, protocol: TCP, port: 80, backendPort: 8000}
                """);

        assertThat(validate()).isEqualTo(1);
        assertThat(out.toString())
                .contains("more.yaml:1: Listener shop/dangling: spec.serverGroupRef")
                .contains("nowhere")
                .contains("more.yaml:6: Listener shop/web2: spec.port: ");
    }

    @Test
    void readsEverythingThatCanBeReadBesideABrokenFile() throws IOException {
        write("shop.yaml", GOOD);
        write("broken.yaml", "apiVersion: [\n");
        write("unknown.yaml", GOOD.replace("name: web", "name: other").replace("port: 80,", "prot: 80, port: 82,"));

        assertThat(validate()).isEqualTo(1);
        assertThat(out.toString()).contains("broken.yaml", "Listener shop/other: spec.prot");
    }

    @Test
    void writesJsonForTools() throws IOException {
        write("shop.yaml", GOOD.replace("port: 80,", "port: 99999,"));

        assertThat(validate("-o", "json")).isEqualTo(1);
        JsonNode finding = new ObjectMapper().readTree(out.toString()).get(0);
        assertThat(finding.path("severity").asText()).isEqualTo("ERROR");
        assertThat(finding.path("kind").asText()).isEqualTo("Listener");
        assertThat(finding.path("namespace").asText()).isEqualTo("shop");
        assertThat(finding.path("name").asText()).isEqualTo("web");
        assertThat(finding.path("field").asText()).isEqualTo("spec.port");
        assertThat(finding.path("line").asInt()).isEqualTo(6);
        assertThat(finding.path("file").asText()).endsWith("shop.yaml");
    }

    @Test
    void jsonOfGoodManifestsIsAnEmptyList() throws IOException {
        write("shop.yaml", GOOD);

        assertThat(validate("-o", "json")).isZero();
        assertThat(out.toString().trim()).isEqualTo("[ ]");
    }

    @Test
    void warnsOfWhatHasNoEffectButIsServed() throws IOException {
        write(
                "shop.yaml",
                HTTPS.replace(
                        "{name: shop-tls}",
                        "{name: shop-tls}, policy: Custom, custom: {versions: [TLSv1.2], ciphers: [AES128-SHA, DES-CBC3-SHA]}"));
        write("secret.yaml", secret("shop.crt", "shop.key"));

        assertThat(validate()).isZero();
        assertThat(out.toString())
                .contains("warning: Listener shop/web: spec.tls.custom.ciphers: served without DES-CBC3-SHA");
    }

    private static final String HTTPS = GOOD.replace(
            "protocol: HTTP, port: 80,", "protocol: HTTPS, port: 443, tls: {certificateRef: {name: shop-tls}},");

    private static String secret(String certificate, String key) {
        return """
                apiVersion: v1
                kind: Secret
                metadata: {name: shop-tls, namespace: shop}
                type: kubernetes.io/tls
                stringData:
                  tls.crt: |
                %s
                  tls.key: |
                %s
                """.formatted(
                        TestCertificates.pem(certificate).indent(4),
                        TestCertificates.pem(key).indent(4));
    }

    @Test
    void aCertificateOfTheFilesIsGood() throws IOException {
        write("shop.yaml", HTTPS);
        write("secret.yaml", secret("shop.crt", "shop.key"));

        assertThat(validate()).as(out.toString()).isZero();
        assertThat(out.toString()).isEqualToIgnoringNewLines("3 objects read, 0 problems found\n");
    }

    @Test
    void warnsOfAnOcspResponseThatIsNotStapled() throws IOException {
        write("shop.yaml", HTTPS);
        write(
                "secret.yaml",
                secret("shop.crt", "shop.key") + "data: {tls.ocsp-staple: " + TestCertificates.pem("shop-revoked.ocsp")
                        + "}\n");

        assertThat(validate()).isZero();
        assertThat(out.toString())
                .contains("warning: Listener shop/web: spec.tls.certificateRef: Secret shop/shop-tls: tls.ocsp-staple"
                        + " says that tls.crt is revoked, so it is not stapled");
    }

    @Test
    void namesACertificateThatCanNotBeUsed() throws IOException {
        write("shop.yaml", HTTPS);
        write("secret.yaml", secret("shop.crt", "ec.key"));

        assertThat(validate("--secrets-elsewhere")).isEqualTo(1);
        assertThat(out.toString())
                .contains(
                        "shop.yaml:6: Listener shop/web: spec.tls.certificateRef: Secret shop/shop-tls: tls.key is not"
                                + " a key of RSA, as tls.crt has it")
                .doesNotContain("BEGIN");
    }

    @Test
    void aSecretThatIsMissingIsAProblemUnlessSecretsAreElsewhere() throws IOException {
        write("shop.yaml", HTTPS);

        assertThat(validate()).isEqualTo(1);
        assertThat(out.toString()).contains("spec.tls.certificateRef: Secret shop/shop-tls does not exist");
        assertThat(validate("--secrets-elsewhere")).isZero();
        assertThat(out.toString()).contains("warning: Listener shop/web: spec.tls.certificateRef: Secret");
    }
}
