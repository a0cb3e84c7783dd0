package dev.slb.operator;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.List;
import java.util.stream.StreamSupport;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The pods of {@code deploy/} and of the chart. A pod is in its Services while all of its containers run and are ready: nothing
 * that may happen to the operator must end its container, or make it unready.
 */
class PodFilesTest {

    private static final String FILE = "deployment.yaml";
    private static final List<String> PROBES = List.of("startupProbe", "livenessProbe", "readinessProbe");

    private static JsonNode pod(String installation) throws IOException {
        List<JsonNode> objects =
                installation.equals("chart") ? InstallationFiles.chart(FILE) : InstallationFiles.deploy(FILE);
        return objects.get(0).at("/spec/template/spec");
    }

    private static JsonNode container(JsonNode pod, String name) {
        return StreamSupport.stream(pod.path("containers").spliterator(), false)
                .filter(container -> container.path("name").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"deploy", "chart"})
    void theOperatorsContainerCountsOnlyByBeingThere(String installation) throws IOException {
        assertThat(container(pod(installation), "operator").fieldNames())
                .toIterable()
                .doesNotContainAnyElementsOf(PROBES)
                .doesNotContain("lifecycle");
    }

    @ParameterizedTest
    @ValueSource(strings = {"deploy", "chart"})
    void theOperatorIsSupervisedInsideItsContainer(String installation) throws IOException {
        JsonNode operator = container(pod(installation), "operator");
        assertThat(operator.path("args"))
                .extracting(JsonNode::asText)
                .startsWith("supervise", "operator", "--plan=unix:/run/slb/plan.sock");
        assertThat(operator.path("env"))
                .extracting(variable -> variable.path("name").asText())
                .as("its sign of life is a file there")
                .contains("TMPDIR");
    }

    @ParameterizedTest
    @ValueSource(strings = {"deploy", "chart"})
    void theForwarderIsProbedByItself(String installation) throws IOException {
        JsonNode forwarder = container(pod(installation), "forwarder");
        for (String probe : PROBES) {
            assertThat(forwarder.path(probe).at("/httpGet/port").asText())
                    .as(probe)
                    .isEqualTo("admin");
        }
        assertThat(forwarder.at("/args/0").asText()).isEqualTo("forwarder");
    }

    @ParameterizedTest
    @ValueSource(strings = {"deploy", "chart"})
    void nothingElseInThePodHoldsUpTheForwarder(String installation) throws IOException {
        JsonNode pod = pod(installation);
        assertThat(pod.path("containers")).hasSize(2);
        assertThat(pod.has("initContainers")).isFalse();
        assertThat(pod.has("readinessGates")).isFalse();
        assertThat(pod.has("shareProcessNamespace"))
                .as("process 1 reaps, and gets the signals")
                .isFalse();
    }
}
