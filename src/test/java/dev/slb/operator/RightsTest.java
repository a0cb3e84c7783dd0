package dev.slb.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import static org.assertj.core.api.Assertions.assertThat;

/** The rights of the operator and of others, which stand in {@code deploy/} and in the chart. */
class RightsTest {

    private static final Path DEPLOY = Path.of("deploy", "rbac.yaml");
    private static final Path CHART = Path.of("helm", "slb", "templates", "rbac.yaml");

    private static List<JsonNode> objects(String yaml) throws IOException {
        try (MappingIterator<JsonNode> objects =
                new YAMLMapper().readerFor(JsonNode.class).readValues(yaml)) {
            return objects.readAll();
        }
    }

    /** Rules, roles and subjects, by kind and name. */
    private static Map<String, List<JsonNode>> rights(String yaml) throws IOException {
        Map<String, List<JsonNode>> rights = new TreeMap<>();
        for (JsonNode object : objects(yaml)) {
            rights.put(
                    object.path("kind").asText() + " "
                            + object.at("/metadata/name").asText(),
                    List.of(object.path("rules"), object.path("roleRef"), object.path("subjects")));
        }
        return rights;
    }

    /** As Helm would render it with the values of the chart, without labels and annotations. */
    private static String rendered(String template) {
        StringBuilder rendered = new StringBuilder();
        for (String line : template.split("\n")) {
            String filled = line.replace("{{ include \"slb.name\" . }}", "slb")
                    .replace("{{ .Release.Namespace }}", "slb-system");
            if (!filled.contains("{{")) {
                rendered.append(filled).append('\n');
            }
        }
        return rendered.toString();
    }

    @Test
    void theChartGivesTheSameRights() throws IOException {
        assertThat(rights(rendered(Files.readString(CHART)))).isEqualTo(rights(Files.readString(DEPLOY)));
    }

    @Test
    void theChartProtectsLoadBalancersFromDeletionAsDeployDoes() throws IOException {
        String name = "deletion-protection.yaml";
        assertThat(specs(rendered(Files.readString(CHART.resolveSibling(name)))))
                .isEqualTo(specs(Files.readString(DEPLOY.resolveSibling(name))))
                .hasSize(2);
    }

    private static List<JsonNode> specs(String yaml) throws IOException {
        return objects(yaml).stream().map(object -> object.path("spec")).toList();
    }

    private static List<String> verbs(String role) throws IOException {
        List<String> verbs = new ArrayList<>();
        rights(Files.readString(DEPLOY))
                .get(role)
                .get(0)
                .forEach(rule -> rule.path("resources")
                        .forEach(resource -> rule.path("verbs")
                                .forEach(verb -> verbs.add(verb.asText() + " " + resource.asText()))));
        return verbs;
    }

    @Test
    void outsideOfItsNamespaceTheOperatorWritesStatusAndEventsOnly() throws IOException {
        Set<String> written = new TreeSet<>();
        for (String role : List.of("ClusterRole slb-operator", "ClusterRole slb-operator-certificates")) {
            verbs(role).stream()
                    .filter(verb -> !verb.matches("(get|list|watch) .*"))
                    .map(verb -> verb.substring(verb.indexOf(' ') + 1))
                    .forEach(written::add);
        }
        assertThat(written)
                .containsExactly(
                        "events",
                        "listeners/status",
                        "loadbalancers/status",
                        "masterslavegroups/status",
                        "vservergroups/status");
    }

    @Test
    void secretsAreReadByTheRoleThatCanBeLeftOut() throws IOException {
        assertThat(verbs("ClusterRole slb-operator")).noneMatch(verb -> verb.endsWith(" secrets"));
        assertThat(verbs("ClusterRole slb-operator-certificates"))
                .containsExactlyInAnyOrder("list secrets", "watch secrets", "list configmaps", "watch configmaps");
    }
}
