package dev.slb.source;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.slb.testing.OnCluster;
import dev.slb.testing.Sockets;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FieldValidateable;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/** A real API server takes the CRDs, and accepts and refuses what files mode accepts and refuses. */
@OnCluster
@Sockets
class CrdOnClusterTest {
    private static final KubernetesClient CLIENT = new KubernetesClientBuilder().build();
    private static final String NAMESPACE =
            "slb-crds-" + ProcessHandle.current().pid();

    @BeforeAll
    static void install() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("crds"))) {
            for (Path file : files.toList()) {
                CLIENT.resource(CLIENT.getKubernetesSerialization()
                                .unmarshal(Files.readString(file), CustomResourceDefinition.class))
                        .forceConflicts()
                        .serverSideApply();
            }
        }
        for (String plural : List.of("loadbalancers", "listeners", "vservergroups", "masterslavegroups")) {
            await().until(() -> established(plural + ".slb.dev"));
        }
        CLIENT.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(NAMESPACE)
                        .endMetadata()
                        .build())
                .create();
    }

    private static boolean established(String name) {
        return CLIENT
                .apiextensions()
                .v1()
                .customResourceDefinitions()
                .withName(name)
                .get()
                .getStatus()
                .getConditions()
                .stream()
                .anyMatch(
                        condition -> "Established".equals(condition.getType()) && "True".equals(condition.getStatus()));
    }

    @AfterAll
    static void remove() {
        CLIENT.namespaces().withName(NAMESPACE).delete();
        CLIENT.close();
    }

    @Test
    void theSchemasAreStructural() {
        assertThat(CLIENT.apiextensions()
                        .v1()
                        .customResourceDefinitions()
                        .withLabels(Map.of())
                        .list()
                        .getItems())
                .filteredOn(crd -> "slb.dev".equals(crd.getSpec().getGroup()))
                .hasSize(4)
                .allSatisfy(crd -> assertThat(crd.getStatus().getConditions())
                        .noneMatch(condition -> "NonStructuralSchema".equals(condition.getType())));
    }

    @ParameterizedTest
    @MethodSource("dev.slb.source.CrdTest#ruleExamples")
    void theServerAgreesOnRules(CrdExample example) {
        if (example.before() == null) {
            judge(example, resource(example.object())::create);
        } else {
            GenericKubernetesResource before = CLIENT.resource(read(example.before()))
                    .inNamespace(NAMESPACE)
                    .create();
            try {
                judge(example, resource(example.object())::update);
            } finally {
                CLIENT.resource(before).withGracePeriod(0).delete();
            }
        }
    }

    /** Over a thousand requests: several at a time. */
    @Test
    void theServerAgreesOnFields() throws IOException {
        List<String> disagreements = CrdTest.fieldExamples()
                .parallel()
                .map(example -> {
                    try {
                        judge(example, resource(example.object())::create);
                        return "";
                    } catch (AssertionError | KubernetesClientException e) {
                        return example + ": " + e.getMessage();
                    }
                })
                .filter(disagreement -> !disagreement.isEmpty())
                .toList();

        assertThat(disagreements).isEmpty();
    }

    private static void judge(CrdExample example, Runnable request) {
        if (example.accepted()) {
            request.run();
        } else {
            assertThatExceptionOfType(KubernetesClientException.class)
                    .isThrownBy(request::run)
                    .withMessageContaining(lastStep(example.field()))
                    .withMessageContaining(example.message());
        }
    }

    /** Some refusals come from the decoder, which names fields without the lists that they stand in. */
    private static String lastStep(String field) {
        return field.replaceAll("\\[0]$", "").replaceAll(".*\\.", "");
    }

    private static NonDeletingOperation<GenericKubernetesResource> resource(ObjectNode object) {
        Resource<GenericKubernetesResource> resource =
                CLIENT.resource(read(object)).inNamespace(NAMESPACE);
        return resource.dryRun().fieldValidation(FieldValidateable.Validation.STRICT);
    }

    private static GenericKubernetesResource read(ObjectNode object) {
        return CLIENT.getKubernetesSerialization().convertValue(object, GenericKubernetesResource.class);
    }
}
