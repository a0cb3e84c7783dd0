package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectKind;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDGenerator.AbstractCRDOutput;
import io.fabric8.kubernetes.client.CustomResource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Generates the CRDs from the classes of the API: what the fabric8 generator makes of the annotations, and what it has no
 * annotation for (keys of map-lists, bounds of int-or-string, the order of printer columns).
 */
final class CrdGenerator {
    /** Lists of objects by the field that tells their items apart, wherever they stand. */
    private static final Map<String, String> MAP_LIST_KEYS =
            Map.of("conditions", "type", "servers", "name", "rules", "name", "sni", "host");

    /** Written for people to read: no quotes where none are needed, no line breaks inside a text. */
    private static final ObjectMapper YAML = YAMLMapper.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    private CrdGenerator() {}

    /** The text of each CRD by the name of its file. */
    static SortedMap<String, String> generate() {
        SortedMap<String, String> files = new TreeMap<>();
        for (ObjectKind<?, ?> kind : Kinds.ALL) {
            ObjectNode crd = generate(kind.type());
            finish(crd, kind.type());
            String name = crd.at("/spec/group").asText() + "_"
                    + crd.at("/spec/names/plural").asText() + ".yaml";
            try {
                files.put(
                        name,
                        "# Generated from dev.slb.api by CrdsTest: do not edit.\n"
                                + YAML.writeValueAsString(sorted(crd)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return files;
    }

    private static Object sorted(ObjectNode crd) {
        return YAML.convertValue(crd, Object.class);
    }

    private static ObjectNode generate(Class<? extends CustomResource<?, ?>> kind) {
        ByteArrayOutputStream yaml = new ByteArrayOutputStream();
        new CRDGenerator()
                .customResourceClasses(kind)
                .forCRDVersions("v1")
                .withOutput(new AbstractCRDOutput<ByteArrayOutputStream>() {
                    @Override
                    protected ByteArrayOutputStream createStreamFor(String crdName) {
                        return yaml;
                    }
                })
                .generate();
        try {
            return (ObjectNode) YAML.readTree(yaml.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void finish(ObjectNode crd, Class<?> kind) {
        ObjectNode version = (ObjectNode) crd.at("/spec/versions/0");
        ObjectNode schema = (ObjectNode) version.at("/schema/openAPIV3Schema");
        schema.putArray("required").add("spec");
        describe(schema, kind);
        finish(schema, "");
        version.set("additionalPrinterColumns", columns(kind));
    }

    private static void describe(ObjectNode schema, Class<?> kind) {
        ObjectNode properties = (ObjectNode) schema.get("properties");
        schema.put("description", kind.getAnnotation(JsonClassDescription.class).value());
        ((ObjectNode) properties.get("spec")).put("description", "What is wanted.");
        ((ObjectNode) properties.get("status")).put("description", "What was seen, written by the operator.");
    }

    /** @param name of the property that has this schema */
    private static void finish(ObjectNode schema, String name) {
        String key = MAP_LIST_KEYS.get(name);
        JsonNode items = schema.path("items");
        if (key != null && items.path("properties").has(key) && requires(items, key)) {
            schema.put("x-kubernetes-list-type", "map");
            schema.putArray("x-kubernetes-list-map-keys").add(key);
        }
        if (name.equals("podSelector")) {
            schema.put("x-kubernetes-map-type", "atomic");
        }
        if (schema.path("x-kubernetes-int-or-string").asBoolean()) {
            bound(schema, name);
        }
        for (String number : List.of("minimum", "maximum")) {
            if (schema.path(number).isDouble()) {
                schema.put(number, schema.get(number).longValue());
            }
        }
        if (schema.has("x-kubernetes-validations")) {
            // The annotation of a record's component stands on its field and on its accessor.
            Set<JsonNode> distinct = new LinkedHashSet<>();
            schema.get("x-kubernetes-validations").forEach(distinct::add);
            schema.putArray("x-kubernetes-validations").addAll(distinct);
        }
        Iterator<Map.Entry<String, JsonNode>> properties =
                schema.path("properties").fields();
        properties.forEachRemaining(property -> finish((ObjectNode) property.getValue(), property.getKey()));
        if (items.isObject()) {
            finish((ObjectNode) items, "");
        }
        if (schema.path("additionalProperties").isObject()) {
            finish((ObjectNode) schema.get("additionalProperties"), "quantity");
        }
    }

    private static boolean requires(JsonNode schema, String key) {
        for (JsonNode required : schema.path("required")) {
            if (required.asText().equals(key)) {
                return true;
            }
        }
        return false;
    }

    private static void bound(ObjectNode intOrString, String name) {
        if (name.equals("quantity")) {
            intOrString.put("pattern", Patterns.QUANTITY).put("maxLength", 63);
        } else {
            intOrString.put("minimum", 1).put("maximum", 65535);
            intOrString.put("pattern", Patterns.PORT_NAME).put("maxLength", 15);
        }
    }

    /** In the order of the annotations. */
    private static ArrayNode columns(Class<?> kind) {
        ArrayNode columns = YAML.createArrayNode();
        for (AdditionalPrinterColumn column : kind.getAnnotationsByType(AdditionalPrinterColumn.class)) {
            ObjectNode node = columns.addObject();
            node.put("name", column.name()).put("type", column.type().getValue());
            node.put("jsonPath", column.jsonPath());
            if (column.priority() != 0) {
                node.put("priority", column.priority());
            }
        }
        return columns;
    }
}
