package dev.slb.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The examples of all other constraints: {@code crd/fields/<kind>.yaml} names some valid specs under {@code objects}, and
 * under {@code fields} the values that a field of one of them accepts and refuses.
 *
 * <ul>
 *   <li>{@code ~} takes the field away
 *   <li>{@code a*3} is the text {@code aaa}
 *   <li>{@code 3 x VALUE} is a list of three, where # in the value is 0, 1, 2
 *   <li>{@code 3 to VALUE} is a map of three keys to the value
 * </ul>
 */
final class FieldExamples {
    private static final Path FOLDER = Path.of("src", "test", "resources", "crd", "fields");
    private static final Pattern REPEATED = Pattern.compile("(.)\\*([0-9]+)");
    private static final Pattern LIST = Pattern.compile("([0-9]+) x (.*)");
    private static final Pattern MAP = Pattern.compile("([0-9]+) to (.*)");
    private static final ObjectMapper YAML = new YAMLMapper();

    private FieldExamples() {}

    static List<CrdExample> of(String kind) throws IOException {
        JsonNode file = YAML.readTree(FOLDER.resolve(kind + ".yaml").toFile());
        List<CrdExample> examples = new ArrayList<>();
        for (JsonNode entry : file.get("fields")) {
            String field = entry.get("field").asText();
            JsonNode spec = file.get("objects").get(entry.path("in").asText("default"));
            for (JsonNode value : entry.get("accepted")) {
                examples.add(new CrdExample(
                        field + " accepts " + value, kind, null, object(kind, spec, field, value), null, null));
            }
            for (JsonNode value : entry.get("refused")) {
                examples.add(new CrdExample(
                        field + " refuses " + value, kind, null, object(kind, spec, field, value), field, ""));
            }
        }
        return examples;
    }

    private static ObjectNode object(String kind, JsonNode spec, String field, JsonNode value) throws IOException {
        ObjectNode object = YAML.createObjectNode();
        object.put("apiVersion", "slb.dev/v1alpha1").put("kind", kind);
        object.putObject("metadata").put("name", "example");
        object.set("spec", spec.deepCopy());
        set(object, field, expand(value));
        return object;
    }

    private static void set(ObjectNode object, String field, JsonNode value) {
        JsonNode at = object;
        String[] steps = field.split("\\.(?=[a-zA-Z])");
        for (int i = 0; i < steps.length; i++) {
            boolean last = i == steps.length - 1;
            String name = steps[i].replaceAll("\\[.*", "");
            boolean item = steps[i].endsWith("[0]");
            ObjectNode parent = (ObjectNode) at;
            if (!item && last) {
                if (value.isNull()) {
                    parent.remove(name);
                } else {
                    parent.set(name, value);
                }
            } else if (item && last) {
                ((ArrayNode) parent.get(name)).set(0, value);
            } else {
                at = item ? parent.get(name).get(0) : parent.has(name) ? parent.get(name) : parent.putObject(name);
            }
        }
    }

    private static JsonNode expand(JsonNode value) throws IOException {
        if (!value.isTextual()) {
            return value.deepCopy();
        }
        String text = value.asText();
        Matcher repeated = REPEATED.matcher(text);
        if (repeated.matches()) {
            return TextNode.valueOf(repeated.group(1).repeat(Integer.parseInt(repeated.group(2))));
        }
        Matcher list = LIST.matcher(text);
        if (list.matches()) {
            ArrayNode items = JsonNodeFactory.instance.arrayNode();
            for (int i = 0; i < Integer.parseInt(list.group(1)); i++) {
                items.add(scalar(list.group(2).replace("#", Integer.toString(i))));
            }
            return items;
        }
        Matcher map = MAP.matcher(text);
        if (map.matches()) {
            ObjectNode entries = JsonNodeFactory.instance.objectNode();
            for (int i = 0; i < Integer.parseInt(map.group(1)); i++) {
                entries.put("key" + i, map.group(2));
            }
            return entries;
        }
        return value;
    }

    /** Numbers stay texts here: the lists that they stand in are lists of texts. */
    private static JsonNode scalar(String text) throws IOException {
        return text.startsWith("{") ? YAML.readTree(text) : TextNode.valueOf(text);
    }
}
