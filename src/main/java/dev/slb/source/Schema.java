package dev.slb.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Pattern;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One node of a structural schema ({@code openAPIV3Schema} of a CRD): as much of it as our CRDs use. A keyword that is not
 * known here is an error at the start, so that nothing that a cluster checks goes unchecked in files.
 *
 * @param type object, array, string, integer, number, boolean; null for int-or-string
 * @param properties by name; empty for maps, whose values have the schema {@code values}
 * @param items of an array, or null
 * @param values of a map, or null
 * @param keys properties that tell the items of a map-list apart; empty for other lists
 * @param pattern not anchored and in RE2's syntax, as API servers have it; or null
 */
record Schema(
        String type,
        Map<String, Schema> properties,
        Schema items,
        Schema values,
        List<String> required,
        List<String> keys,
        List<JsonNode> allowed,
        JsonNode defaultValue,
        BigDecimal minimum,
        BigDecimal maximum,
        Integer minLength,
        Integer maxLength,
        Pattern pattern,
        Integer minItems,
        Integer maxItems,
        Integer maxProperties,
        boolean intOrString,
        List<CelRule> rules) {

    private static final List<String> KNOWN = List.of(
            "type",
            "properties",
            "items",
            "additionalProperties",
            "required",
            "enum",
            "default",
            "minimum",
            "maximum",
            "minLength",
            "maxLength",
            "pattern",
            "minItems",
            "maxItems",
            "maxProperties",
            "description",
            "format",
            "anyOf",
            "x-kubernetes-int-or-string",
            "x-kubernetes-list-type",
            "x-kubernetes-list-map-keys",
            "x-kubernetes-map-type",
            "x-kubernetes-validations");

    static Schema parse(JsonNode node, CelRules cel) {
        node.fieldNames().forEachRemaining(Schema::requireKnown);
        Map<String, Schema> properties = new LinkedHashMap<>();
        node.path("properties")
                .fields()
                .forEachRemaining(field -> properties.put(field.getKey(), parse(field.getValue(), cel)));
        List<CelRule> rules = new ArrayList<>();
        node.path("x-kubernetes-validations").forEach(rule -> rules.add(cel.rule(rule)));
        return new Schema(
                text(node, "type"),
                Collections.unmodifiableMap(properties),
                child(node, "items", cel),
                child(node, "additionalProperties", cel),
                texts(node, "required"),
                texts(node, "x-kubernetes-list-map-keys"),
                list(node, "enum"),
                node.get("default"),
                node.has("minimum") ? node.get("minimum").decimalValue() : null,
                node.has("maximum") ? node.get("maximum").decimalValue() : null,
                number(node, "minLength"),
                number(node, "maxLength"),
                node.has("pattern") ? Pattern.compile(node.get("pattern").asText()) : null,
                number(node, "minItems"),
                number(node, "maxItems"),
                number(node, "maxProperties"),
                node.path("x-kubernetes-int-or-string").asBoolean(),
                List.copyOf(rules));
    }

    /** The schema of a field of an object or of a map; null when there is no such field. */
    Schema field(String name) {
        Schema property = properties.get(name);
        return property == null ? values : property;
    }

    private static void requireKnown(String keyword) {
        if (!KNOWN.contains(keyword)) {
            throw new IllegalArgumentException("schema keyword " + keyword + " is not supported");
        }
    }

    private static Schema child(JsonNode node, String name, CelRules cel) {
        return node.path(name).isObject() ? parse(node.get(name), cel) : null;
    }

    private static String text(JsonNode node, String name) {
        return node.has(name) ? node.get(name).asText() : null;
    }

    private static Integer number(JsonNode node, String name) {
        return node.has(name) ? (Integer) node.get(name).asInt() : null;
    }

    private static List<JsonNode> list(JsonNode node, String name) {
        List<JsonNode> values = new ArrayList<>();
        node.path(name).forEach(values::add);
        return List.copyOf(values);
    }

    private static List<String> texts(JsonNode node, String name) {
        return list(node, name).stream().map(JsonNode::asText).toList();
    }
}
