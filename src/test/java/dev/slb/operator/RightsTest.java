package dev.slb.operator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectKind;
import io.fabric8.kubernetes.api.model.HasMetadata;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import static org.assertj.core.api.Assertions.assertThat;

/** The rights of the operator and of others, which stand in {@code deploy/} and in the chart. */
class RightsTest {

    private static final String FILE = "rbac.yaml";

    /** Rules, roles and subjects, by kind and name. */
    private static Map<String, List<JsonNode>> rights(List<JsonNode> objects) {
        Map<String, List<JsonNode>> rights = new TreeMap<>();
        for (JsonNode object : objects) {
            rights.put(
                    object.path("kind").asText() + " "
                            + object.at("/metadata/name").asText(),
                    List.of(object.path("rules"), object.path("roleRef"), object.path("subjects")));
        }
        return rights;
    }

    @Test
    void theChartGivesTheSameRights() throws IOException {
        assertThat(rights(InstallationFiles.chart(FILE))).isEqualTo(rights(InstallationFiles.deploy(FILE)));
    }

    @Test
    void theChartProtectsLoadBalancersFromDeletionAsDeployDoes() throws IOException {
        String name = "deletion-protection.yaml";
        assertThat(specs(InstallationFiles.chart(name)))
                .isEqualTo(specs(InstallationFiles.deploy(name)))
                .hasSize(2);
    }

    private static List<JsonNode> specs(List<JsonNode> objects) {
        return objects.stream().map(object -> object.path("spec")).toList();
    }

    private static List<String> verbs(String role) throws IOException {
        List<String> verbs = new ArrayList<>();
        rights(InstallationFiles.deploy(FILE))
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
    void theOperatorWatchesEveryKindAndWritesItsStatus() throws IOException {
        for (ObjectKind<?, ?> kind : Kinds.ALL) {
            String resources = HasMetadata.getPlural(kind.type());
            assertThat(verbs("ClusterRole slb-operator"))
                    .contains(
                            "get " + resources,
                            "list " + resources,
                            "watch " + resources,
                            "patch " + resources + "/status");
            assertThat(verbs("ClusterRole slb-edit")).contains("create " + resources);
            assertThat(verbs("ClusterRole slb-view")).contains("list " + resources);
        }
    }

    @Test
    void secretsAreReadByTheRoleThatCanBeLeftOut() throws IOException {
        assertThat(verbs("ClusterRole slb-operator")).noneMatch(verb -> verb.endsWith(" secrets"));
        assertThat(verbs("ClusterRole slb-operator-certificates"))
                .containsExactlyInAnyOrder("list secrets", "watch secrets", "list configmaps", "watch configmaps");
    }
}
