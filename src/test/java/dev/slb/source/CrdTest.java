package dev.slb.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.slb.api.AccessLogSpec;
import dev.slb.api.ApiMapper;
import dev.slb.api.ConnectionDrain;
import dev.slb.api.Forwarded;
import dev.slb.api.ForwarderSpec;
import dev.slb.api.Gzip;
import dev.slb.api.HealthCheckSpec;
import dev.slb.api.HttpOptions;
import dev.slb.api.ProxyProtocol;
import dev.slb.api.ServiceSpec;
import dev.slb.api.Timeouts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/** Every CEL rule and every other constraint of the CRDs has accepted and refused examples, and files mode agrees. */
class CrdTest {
    private static final Crds CRDS = new Crds();

    @ParameterizedTest
    @MethodSource("ruleExamples")
    void rulesHoldForTheirExamples(CrdExample example) {
        JsonNode before = null;
        if (example.before() != null) {
            ObjectNode old = example.before().deepCopy();
            assertThat(crd(example).apply(old, null)).isEmpty();
            before = old;
        }

        List<FieldProblem> problems = crd(example).apply(example.object().deepCopy(), before);

        if (example.accepted()) {
            assertThat(problems).isEmpty();
        } else {
            assertThat(problems).contains(new FieldProblem(example.field(), example.message()));
        }
    }

    /** One test for over a thousand examples: a test for each would cost more than the examples do. */
    @ParameterizedTest
    @ValueSource(strings = {"LoadBalancer", "Listener", "VServerGroup", "MasterSlaveGroup"})
    void fieldsAcceptAndRefuseTheirExamples(String kind) throws IOException {
        Map<CrdExample, List<FieldProblem>> wrong = new LinkedHashMap<>();
        for (CrdExample example : FieldExamples.of(kind)) {
            List<FieldProblem> problems = crd(example).apply(example.object().deepCopy(), null);
            boolean right = example.accepted()
                    ? problems.isEmpty()
                    : !problems.isEmpty()
                            && problems.stream()
                                    .allMatch(problem -> problem.field().startsWith(example.field()));
            if (!right) {
                wrong.put(example, problems);
            }
        }

        assertThat(wrong).isEmpty();
    }

    @Test
    void everyRuleHasAnAcceptedAndARefusedExample() throws IOException {
        List<CrdExample> examples = RuleExamples.all();
        List<String> missing = new ArrayList<>();
        for (String kind : CRDS.kinds()) {
            Set<String> rules = new TreeSet<>();
            collectRules(schema(kind), rules);
            for (String message : rules) {
                Set<String> folders = new HashSet<>();
                examples.stream()
                        .filter(example -> example.kind().equals(kind))
                        .filter(example -> !example.accepted())
                        .filter(example -> example.message().startsWith(message))
                        .forEach(example -> folders.add(folder(example)));
                boolean refused = !folders.isEmpty();
                boolean accepted = examples.stream()
                        .anyMatch(example ->
                                example.kind().equals(kind) && example.accepted() && folders.contains(folder(example)));
                if (!refused || !accepted) {
                    missing.add(kind + ": " + message);
                }
            }
        }

        assertThat(missing).isEmpty();
    }

    @Test
    void everyFieldHasAnAcceptedAndARefusedExample() throws IOException {
        List<String> missing = new ArrayList<>();
        for (String kind : CRDS.kinds()) {
            List<CrdExample> examples = FieldExamples.of(kind);
            Set<String> accepted = new HashSet<>();
            Set<String> refused = new HashSet<>();
            for (CrdExample example : examples) {
                (example.accepted() ? accepted : refused)
                        .add(example.label().split(" ")[0].replaceAll("\\.(app|note|cpu|pool)$", ".*"));
            }
            accepted.retainAll(refused);
            Set<String> covered = new HashSet<>();
            collectFields(schema(kind), "", (field, shape) -> {
                if (accepted.contains(field)) {
                    covered.add(shape);
                }
            });
            collectFields(schema(kind), "", (field, shape) -> {
                if (!covered.contains(shape)) {
                    missing.add(kind + " " + field);
                }
            });
        }

        assertThat(missing).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("defaults")
    void whatAnAbsentObjectMeansIsWhatAnEmptyOneGets(String kind, String pointer, Object expected) throws IOException {
        ObjectNode empty = JsonNodeFactory.instance.objectNode();

        Defaults.apply(empty, Schema.parse(schema(kind).at(pointer), new CelRules()));

        assertThat(ApiMapper.json().treeToValue(empty, expected.getClass())).isEqualTo(expected);
    }

    static Stream<Arguments> defaults() {
        String spec = "/properties/spec/properties/";
        String http = spec + "http/properties/";
        return Stream.of(
                arguments("LoadBalancer", spec + "service", ServiceSpec.DEFAULT),
                arguments("LoadBalancer", spec + "forwarder", ForwarderSpec.DEFAULT),
                arguments("Listener", spec + "healthCheck", HealthCheckSpec.DEFAULT),
                arguments("Listener", spec + "timeouts", Timeouts.DEFAULT),
                arguments("Listener", spec + "connectionDrain", ConnectionDrain.DEFAULT),
                arguments("Listener", spec + "proxyProtocol", ProxyProtocol.DEFAULT),
                arguments("Listener", spec + "http", HttpOptions.DEFAULT),
                arguments("Listener", http + "gzip", Gzip.DEFAULT),
                arguments("Listener", http + "forwarded", Forwarded.DEFAULT),
                arguments("Listener", spec + "accessLog", AccessLogSpec.DEFAULT));
    }

    static Stream<CrdExample> ruleExamples() throws IOException {
        return RuleExamples.all().stream();
    }

    static Stream<CrdExample> fieldExamples() throws IOException {
        List<CrdExample> examples = new ArrayList<>();
        for (String kind : CRDS.kinds()) {
            examples.addAll(FieldExamples.of(kind));
        }
        return examples.stream();
    }

    private static Crd crd(CrdExample example) {
        return CRDS.of(example.kind()).orElseThrow();
    }

    private static String folder(CrdExample example) {
        return Path.of(example.label()).getParent().toString();
    }

    private static JsonNode schema(String kind) throws IOException {
        Path file = Path.of("crds", "slb.dev_" + kind.toLowerCase(Locale.ROOT) + "s.yaml");
        return new YAMLMapper().readTree(Files.readString(file)).at("/spec/versions/0/schema/openAPIV3Schema");
    }

    /** By what is said when the rule does not hold, without the part that is computed. */
    private static void collectRules(JsonNode schema, Set<String> messages) {
        for (JsonNode rule : schema.path("x-kubernetes-validations")) {
            messages.add(
                    rule.has("messageExpression")
                            ? rule.get("messageExpression").asText().split("'")[1]
                            : rule.get("message").asText());
        }
        schema.path("properties").forEach(property -> collectRules(property, messages));
        if (schema.has("items")) {
            collectRules(schema.get("items"), messages);
        }
    }

    private interface FieldVisitor {
        /** @param shape equal for fields of one name that are the same in all but their description */
        void visit(String field, String shape);
    }

    private static void collectFields(JsonNode schema, String path, FieldVisitor visitor) {
        if (!path.isEmpty()) {
            ObjectNode shape = schema.deepCopy();
            strip(shape);
            visitor.visit(path, path.substring(path.lastIndexOf('.') + 1) + " " + shape);
        }
        schema.path("properties").fields().forEachRemaining(property -> {
            if (!path.isEmpty() || property.getKey().equals("spec")) {
                collectFields(property.getValue(), StructureCheck.join(path, property.getKey()), visitor);
            }
        });
        if (schema.has("items")) {
            collectFields(schema.get("items"), path + "[0]", visitor);
        }
        if (schema.path("additionalProperties").isObject()) {
            collectFields(schema.get("additionalProperties"), path + ".*", visitor);
        }
    }

    private static void strip(JsonNode schema) {
        if (schema instanceof ObjectNode object) {
            if (object.path("description").isTextual()) {
                object.remove("description");
            }
            object.remove("x-kubernetes-validations");
        }
        schema.forEach(CrdTest::strip);
    }
}
