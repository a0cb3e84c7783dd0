package dev.slb.source;

import dev.slb.api.Listener;
import dev.slb.api.ListenerState;
import dev.slb.api.LoadBalancer;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.Scheduler;
import dev.slb.api.VServerGroup;
import dev.slb.api.WeightMode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

class ManifestsTest {
    private static final String SHOP = """
            apiVersion: slb.dev/v1alpha1
            kind: LoadBalancer
            metadata: {name: shop, namespace: shop}
            spec: {}
            """;
    private static final String WEB = """
            apiVersion: slb.dev/v1alpha1
            kind: Listener
            metadata: {name: web, namespace: shop}
            spec: {loadBalancerRef: {name: shop}, protocol: HTTP, port: 80, backendPort: http}
            """;

    @TempDir
    Path folder;

    @Test
    void documentsOfFilesAndFoldersOfAnyDepthAreRead() throws IOException {
        write("a.yaml", "# two\n---\n" + SHOP + "---\n" + WEB + "---\n# nothing here\n---\n");
        write("deep/er/b.yml", """
                apiVersion: slb.dev/v1alpha1
                kind: VServerGroup
                metadata: {name: web, namespace: shop}
                spec: {loadBalancerRef: {name: shop}, servers: [{name: a, podName: a, port: 80}]}
                """);
        write("deep/c.json", """
                {"apiVersion": "slb.dev/v1alpha1", "kind": "MasterSlaveGroup", "metadata": {"name": "db"},
                 "spec": {"loadBalancerRef": {"name": "shop"}, "master": {"podName": "db-0", "port": 5432},
                          "slave": {"podName": "db-1", "port": 5432}}}
                """);
        write("readme.txt", "not a manifest");
        write(".hidden.yaml", "not: [a manifest");
        write("..data/shop.yaml", SHOP);

        ManifestSet set = read();

        assertThat(set.problems()).isEmpty();
        assertThat(keys(set))
                .containsExactly(
                        "Listener shop/web",
                        "LoadBalancer shop/shop",
                        "MasterSlaveGroup default/db",
                        "VServerGroup shop/web");
        assertThat(set.objects(LoadBalancer.class)).hasSize(1);
        assertThat(set.objects(MasterSlaveGroup.class)).hasSize(1);
        assertThat(set.origin(new ObjectKey("slb.dev", "Listener", "shop", "web")))
                .hasValue(new Origin(folder.resolve("a.yaml"), 2, 8));
    }

    @Test
    void defaultsOfTheCrdsAreThere() throws IOException {
        write("a.yaml", SHOP + "---\n" + WEB);
        write("b.yaml", """
                apiVersion: slb.dev/v1alpha1
                kind: VServerGroup
                metadata: {name: web}
                spec: {loadBalancerRef: {name: shop}, servers: [{name: a, podName: a, port: 80, weight: ~}]}
                """);

        ManifestSet set = read();

        Listener listener = set.objects(Listener.class).get(0);
        assertThat(listener.getSpec().state()).isEqualTo(ListenerState.Running);
        assertThat(listener.getSpec().scheduler()).isEqualTo(Scheduler.WRR);
        assertThat(listener.getSpec().healthCheck())
                .as("an absent object stays absent")
                .isNull();
        assertThat(listener.getSpec().backendPort().getStrVal()).isEqualTo("http");
        VServerGroup group = set.objects(VServerGroup.class).get(0);
        assertThat(group.getSpec().servers().get(0).weight()).isEqualTo(100);
        assertThat(group.getSpec().servers().get(0).weightMode()).isEqualTo(WeightMode.PerPod);
    }

    @Test
    void objectsGetWhatAClusterWouldGiveThem() throws IOException {
        write("a.yaml", WEB.replace(", namespace: shop", ", creationTimestamp: 2026-01-01T00:00:00Z, uid: mine"));

        Listener listener = read().objects(Listener.class).get(0);

        assertThat(listener.getMetadata().getNamespace()).isEqualTo("default");
        assertThat(listener.getMetadata().getGeneration()).isEqualTo(1);
        assertThat(listener.getMetadata().getCreationTimestamp()).isEqualTo("1970-01-01T00:00:00Z");
        assertThat(listener.getMetadata().getUid())
                .isNotEqualTo("mine")
                .isEqualTo(read().objects(Listener.class).get(0).getMetadata().getUid());
        assertThat(listener.getStatus()).isNull();
    }

    @Test
    void aBrokenObjectHurtsOnlyItselfAndIsNamed() throws IOException {
        write("a.yaml", SHOP + """
                        ---
                        apiVersion: slb.dev/v1alpha1
                        kind: Listener
                        metadata: {name: bad, namespace: shop}
                        spec:
                          loadBalancerRef: {name: shop}
                          protocol: HTTP
                          port: 70000
                          backendPort: 80
                          colour: red
                        ---
                        apiVersion: slb.dev/v1alpha1
                        kind: Listener
                        metadata: {name: db, namespace: shop}
                        spec:
                          loadBalancerRef: {name: shop}
                          protocol: HTTP
                          port: 80
                          serverGroupRef: {kind: MasterSlaveGroup, name: db}
                        ---
                        """ + WEB);

        ManifestSet set = read();

        assertThat(keys(set)).containsExactly("Listener shop/web", "LoadBalancer shop/shop");
        assertThat(set.problems())
                .extracting(problem -> problem.toString().replace(folder + "/", ""))
                .containsExactly(
                        "a.yaml:6: Listener shop/bad: spec.port: 70000 is more than 65535",
                        "a.yaml:6: Listener shop/bad: spec.colour: unknown field",
                        "a.yaml:16: Listener shop/db: spec.serverGroupRef: a MasterSlaveGroup needs protocol TCP or UDP");
    }

    @Test
    void aDocumentThatIsNoYamlHurtsOnlyItself() throws IOException {
        write("a.yaml", SHOP + "---\nkind: [\n---\n" + WEB + "---\nname: a\nname: b\n--- 5\n");

        ManifestSet set = read();

        assertThat(keys(set)).containsExactly("Listener shop/web", "LoadBalancer shop/shop");
        assertThat(set.problems()).hasSize(3);
        assertThat(set.problems().get(0).message()).startsWith("line 7: expected the node content");
        assertThat(set.problems().get(1).message()).startsWith("line 14: found duplicate key name");
        assertThat(set.problems().get(2).message()).startsWith("is not an object");
    }

    @Test
    void documentsThatAreNoObjectsSayWhatIsMissing() throws IOException {
        write("a.yaml", "kind: Listener\nspec: {}\n");
        write("b.yaml", WEB.replace("name: web", "name: Web"));
        write("c.yaml", WEB.replace("kind: Listener", "kind: Listner"));
        write("d.yaml", WEB.replace("v1alpha1", "v1"));
        write("e.yaml", WEB.replace("name: web", "name: web, lables: {a: b}, labels: {a: 5}"));
        write("f.yaml", WEB.replace("name: web", "name: odd, lables: {a: b}"));
        write("g.yaml", WEB.replace("namespace: shop", "namespace: The_Shop"));
        write("h.yaml", WEB.replaceAll("(?m)^spec.*", "").replace("name: web", "name: empty"));

        assertThat(read().problems())
                .extracting(problem ->
                        problem.origin().file().getFileName() + " " + problem.field() + ": " + problem.message())
                .containsExactly(
                        "a.yaml apiVersion: is required",
                        "a.yaml metadata.name: is required",
                        "b.yaml metadata.name: \"Web\" is not a name of Kubernetes",
                        "c.yaml kind: Listner is not one of Listener, LoadBalancer, MasterSlaveGroup, VServerGroup",
                        "d.yaml apiVersion: slb.dev/v1 is not slb.dev/v1alpha1",
                        "e.yaml metadata.labels.a: 5 is not a text: put it in quotes",
                        "f.yaml metadata.lables: unknown field",
                        "g.yaml metadata.namespace: \"The_Shop\" is not a name of Kubernetes",
                        "h.yaml spec: is required");
    }

    @Test
    void anObjectThatIsThereTwiceIsNamedWithBothPlaces() throws IOException {
        write("a.yaml", WEB);
        write("b.yaml", SHOP + "---\n" + WEB.replace("port: 80", "port: 81"));

        ManifestSet set = read();

        assertThat(set.objects(Listener.class).get(0).getSpec().port()).isEqualTo(80);
        assertThat(set.problems())
                .extracting(Problem::toString)
                .containsExactly(folder.resolve("b.yaml") + ":6: Listener shop/web: is there twice: the one at "
                        + folder.resolve("a.yaml") + ":1 counts");
    }

    @Test
    void coreObjectsComeAsTheirTypes() throws IOException {
        write("a.yaml", """
                apiVersion: v1
                kind: List
                items:
                - apiVersion: v1
                  kind: Pod
                  metadata: {name: a, annotations: {slb.dev/weight: "50"}}
                  spec: {containers: [{name: main, image: a, ports: [{name: http, containerPort: 80}]}]}
                - apiVersion: apps/v1
                  kind: Deployment
                  metadata: {name: b}
                  spec: {replicas: 2}
                - apiVersion: v1
                  kind: Node
                  metadata: {name: c, namespace: nonsense}
                - apiVersion: v1
                  kind: Secret
                  metadata: {name: d}
                  data: {a: eA==}
                  stringData: {b: y}
                - apiVersion: example.com/v1
                  kind: Thing
                  metadata: {name: e}
                """);

        ManifestSet set = read();

        assertThat(set.problems()).isEmpty();
        assertThat(set.objects(Pod.class)).singleElement().satisfies(pod -> {
            assertThat(pod.getMetadata().getNamespace()).isEqualTo("default");
            assertThat(pod.getSpec().getContainers().get(0).getPorts().get(0).getContainerPort())
                    .isEqualTo(80);
        });
        assertThat(set.objects(Deployment.class)).hasSize(1);
        assertThat(set.objects(Node.class))
                .singleElement()
                .satisfies(node -> assertThat(node.getMetadata().getNamespace()).isNull());
        assertThat(set.objects(Secret.class))
                .singleElement()
                .satisfies(secret ->
                        assertThat(secret.getData()).containsEntry("a", "eA==").containsEntry("b", "eQ=="));
        assertThat(set.objects(GenericKubernetesResource.class)).hasSize(1);
    }

    @Test
    void aBrokenCoreObjectIsAProblemToo() throws IOException {
        write("a.yaml", """
                apiVersion: v1
                kind: Pod
                metadata: {name: a}
                spec: {containers: [{name: main, ports: [{containerPort: many}]}]}
                """);

        assertThat(read().problems()).singleElement().satisfies(problem -> {
            assertThat(problem.object()).hasToString("Pod default/a");
            assertThat(problem.field()).isEqualTo("spec.containers[0].ports[0].containerPort");
        });
    }

    @Test
    void metadataOfAWrongShapeIsAProblem() throws IOException {
        write("a.yaml", WEB.replace("name: web", "name: web, labels: 5"));
        write("b.yaml", WEB.replace("name: web", "name: b, ownerReferences: [5]"));
        write("c.yaml", WEB.replaceAll("metadata.*", "metadata: web"));

        assertThat(read().problems())
                .extracting(Problem::field)
                .containsExactly("metadata.labels", "metadata.ownerReferences[0]", "metadata.name");
    }

    @Test
    void theExamplesOfTheProjectHaveNoProblems() throws IOException {
        try (Stream<Path> examples = Files.list(Path.of("deploy", "examples"))) {
            assertThat(examples.toList()).isNotEmpty().allSatisfy(example -> {
                ManifestSet set = Manifests.read(List.of(example));
                assertThat(set.problems()).isEmpty();
                assertThat(set.objects(Listener.class)).isNotEmpty();
            });
        }
    }

    @Test
    void anchorsAndMergeKeysWorkAsInKubectl() throws IOException {
        write("a.yaml", """
                apiVersion: slb.dev/v1alpha1
                kind: VServerGroup
                metadata: {name: web}
                spec:
                  loadBalancerRef: {name: shop}
                  servers:
                  - &first {name: a, podName: a, port: 80, weight: 7}
                  - {<<: *first, name: b}
                """);

        ManifestSet set = read();

        assertThat(set.problems()).isEmpty();
        assertThat(set.objects(VServerGroup.class).get(0).getSpec().servers())
                .extracting(server -> server.name() + server.weight())
                .containsExactly("a7", "b7");
    }

    @Test
    void aKustomizationStandsForItsResources() throws IOException {
        write("base/kustomization.yaml", "resources: [shop.yaml]\n");
        write("base/shop.yaml", SHOP);
        write("base/unlisted.yaml", WEB.replace("name: web", "name: unlisted"));
        write("prod/kustomization.yaml", """
                apiVersion: kustomize.config.k8s.io/v1beta1
                kind: Kustomization
                namespace: prod
                resources:
                - ../base
                - web.yaml
                """);
        write("prod/web.yaml", WEB);

        ManifestSet set = Manifests.read(List.of(folder.resolve("prod")));

        assertThat(set.problems()).isEmpty();
        assertThat(keys(set)).containsExactly("Listener prod/web", "LoadBalancer prod/shop");
        assertThat(keys(Manifests.read(List.of(folder.resolve("base/kustomization.yaml")))))
                .containsExactly("LoadBalancer shop/shop");
    }

    @Test
    void whatAKustomizationWouldChangeIsNotPassedOver() throws IOException {
        write("kustomization.yaml", "namePrefix: test-\nresources: [shop.yaml, https://example.com/x]\n");
        write("shop.yaml", SHOP);

        assertThat(read().problems())
                .extracting(problem -> problem.field() + ": " + problem.message())
                .containsExactly(
                        "namePrefix: is not supported here: use the output of 'kubectl kustomize " + folder + "'",
                        ": resource https://example.com/x is not a file or folder here");
    }

    @Test
    void aPathThatIsNotThereIsAProblem() {
        ManifestSet set = Manifests.read(List.of(folder.resolve("nothing")));

        assertThat(set.problems())
                .extracting(Problem::toString)
                .containsExactly(folder.resolve("nothing") + ": there is no such file or folder");
    }

    @Test
    void circlesOfLinksEnd() throws IOException {
        write("a/shop.yaml", SHOP);
        Files.createSymbolicLink(folder.resolve("a/again"), folder);

        ManifestSet set = read();

        assertThat(set.problems()).isEmpty();
        assertThat(keys(set)).containsExactly("LoadBalancer shop/shop");
    }

    private ManifestSet read() {
        return Manifests.read(List.of(folder));
    }

    private void write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static List<String> keys(ManifestSet set) {
        return set.objects().stream()
                .map((HasMetadata object) -> ObjectKey.of(object).toString())
                .toList();
    }
}
