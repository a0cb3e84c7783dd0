package dev.slb.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.util.Map;

/** Writes the defaults of a schema into a value, as an API server does: only inside objects that are present. */
final class Defaults {
    private Defaults() {}

    /** Changes the value. A null counts as absent. */
    static void apply(JsonNode value, Schema schema) {
        if (value instanceof ObjectNode object) {
            object.properties().removeIf(field -> field.getValue().isNull());
            for (Map.Entry<String, Schema> property : schema.properties().entrySet()) {
                JsonNode defaultValue = property.getValue().defaultValue();
                if (defaultValue != null && !object.has(property.getKey())) {
                    object.set(property.getKey(), defaultValue.deepCopy());
                }
            }
            for (Map.Entry<String, JsonNode> field : object.properties()) {
                Schema child = schema.field(field.getKey());
                if (child != null) {
                    apply(field.getValue(), child);
                }
            }
        } else if (value.isArray() && schema.items() != null) {
            value.forEach(item -> apply(item, schema.items()));
        }
    }
}
