package dev.slb.source;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Checks a value against everything in a schema but its CEL rules. Strict: an unknown field is a problem. */
final class StructureCheck {
    private final List<FieldProblem> problems;

    StructureCheck(List<FieldProblem> problems) {
        this.problems = problems;
    }

    void check(JsonNode value, Schema schema, String path) {
        if (!hasType(value, schema)) {
            problem(path, shown(value) + " is not " + withArticle(schema));
            return;
        }
        if (!schema.allowed().isEmpty() && !schema.allowed().contains(value)) {
            problem(path, shown(value) + " is not one of " + listed(schema.allowed()));
        }
        if (value.isObject()) {
            checkObject(value, schema, path);
        } else if (value.isArray()) {
            checkList(value, schema, path);
        } else if (value.isTextual()) {
            checkText(value.asText(), schema, path);
        } else if (value.isNumber()) {
            checkNumber(value, schema, path);
        }
    }

    private static boolean hasType(JsonNode value, Schema schema) {
        if (schema.intOrString()) {
            return value.isIntegralNumber() || value.isTextual();
        }
        return switch (schema.type()) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            default -> throw new IllegalArgumentException("schema type " + schema.type() + " is not supported");
        };
    }

    private static String withArticle(Schema schema) {
        if (schema.intOrString()) {
            return "a number or a name";
        }
        return switch (schema.type()) {
            case "object", "array", "integer" -> "an " + schema.type();
            default -> "a " + schema.type();
        };
    }

    private void checkObject(JsonNode value, Schema schema, String path) {
        for (String name : schema.required()) {
            if (!value.has(name)) {
                problem(join(path, name), "is required");
            }
        }
        for (Map.Entry<String, JsonNode> field : value.properties()) {
            Schema child = schema.field(field.getKey());
            if (child == null) {
                problem(join(path, field.getKey()), "unknown field");
            } else {
                check(field.getValue(), child, join(path, field.getKey()));
            }
        }
        if (schema.maxProperties() != null && value.size() > schema.maxProperties()) {
            problem(path, "has " + value.size() + " entries, at most " + schema.maxProperties() + " are allowed");
        }
    }

    private void checkList(JsonNode value, Schema schema, String path) {
        if (schema.minItems() != null && value.size() < schema.minItems()) {
            problem(path, "has " + value.size() + " entries, at least " + schema.minItems() + " are needed");
        }
        if (schema.maxItems() != null && value.size() > schema.maxItems()) {
            problem(path, "has " + value.size() + " entries, at most " + schema.maxItems() + " are allowed");
        }
        Map<List<JsonNode>, Integer> seen = new HashMap<>();
        for (int i = 0; i < value.size(); i++) {
            JsonNode item = value.get(i);
            check(item, schema.items(), path + "[" + i + "]");
            if (!schema.keys().isEmpty() && item.isObject()) {
                List<JsonNode> key = keyOf(item, schema);
                Integer first = seen.putIfAbsent(key, i);
                if (first != null) {
                    problem(
                            path + "[" + i + "]",
                            "has the same " + String.join(" and ", schema.keys()) + " as " + path + "[" + first + "]: "
                                    + listed(key));
                }
            }
        }
    }

    /** What tells an item of a map-list apart. */
    static List<JsonNode> keyOf(JsonNode item, Schema list) {
        return list.keys().stream().map(item::path).toList();
    }

    private void checkText(String text, Schema schema, String path) {
        int length = text.codePointCount(0, text.length());
        if (schema.minLength() != null && length < schema.minLength()) {
            problem(
                    path,
                    schema.minLength() == 1
                            ? "is empty"
                            : "has " + length + " characters, at least " + schema.minLength() + " are needed");
        }
        if (schema.maxLength() != null && length > schema.maxLength()) {
            problem(path, "has " + length + " characters, at most " + schema.maxLength() + " are allowed");
        }
        if (schema.pattern() != null && !schema.pattern().matcher(text).find()) {
            problem(path, "\"" + text + "\" does not match " + schema.pattern());
        }
    }

    private void checkNumber(JsonNode value, Schema schema, String path) {
        if (schema.minimum() != null && value.decimalValue().compareTo(schema.minimum()) < 0) {
            problem(path, value + " is less than " + schema.minimum());
        }
        if (schema.maximum() != null && value.decimalValue().compareTo(schema.maximum()) > 0) {
            problem(path, value + " is more than " + schema.maximum());
        }
    }

    private void problem(String path, String message) {
        problems.add(new FieldProblem(path, message));
    }

    static String join(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private static String shown(JsonNode value) {
        return value.isContainerNode() ? (value.isArray() ? "a list" : "an object") : value.toString();
    }

    private static String listed(List<JsonNode> values) {
        return new ArrayList<>(values).stream().map(JsonNode::asText).collect(Collectors.joining(", "));
    }
}
