package dev.slb.source;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Checks a value, whose structure is good, against the CEL rules of a schema. */
final class RuleCheck {
    private final List<FieldProblem> problems;

    RuleCheck(List<FieldProblem> problems) {
        this.problems = problems;
    }

    /** @param old the value before, or null when it is new: rules that compare with it are left out then */
    void check(JsonNode value, JsonNode old, Schema schema, String path) {
        if (!schema.rules().isEmpty()) {
            Object self = CelRules.value(value);
            Object oldSelf = old == null ? null : CelRules.value(old);
            for (CelRule rule : schema.rules()) {
                if (!rule.transition() || oldSelf != null) {
                    rule.check(self, oldSelf)
                            .ifPresent(message -> problems.add(new FieldProblem(path + rule.fieldPath(), message)));
                }
            }
        }
        if (value.isObject()) {
            for (Map.Entry<String, JsonNode> field : value.properties()) {
                check(
                        field.getValue(),
                        old == null ? null : old.get(field.getKey()),
                        schema.field(field.getKey()),
                        StructureCheck.join(path, field.getKey()));
            }
        } else if (value.isArray()) {
            Map<List<JsonNode>, JsonNode> before = byKey(old, schema);
            for (int i = 0; i < value.size(); i++) {
                JsonNode item = value.get(i);
                JsonNode oldItem = before.isEmpty() ? null : before.get(StructureCheck.keyOf(item, schema));
                check(item, oldItem, schema.items(), path + "[" + i + "]");
            }
        }
    }

    /** Only items of map-lists have a value before: in other lists nothing tells which it was. */
    private static Map<List<JsonNode>, JsonNode> byKey(JsonNode list, Schema schema) {
        Map<List<JsonNode>, JsonNode> items = new HashMap<>();
        if (list != null && !schema.keys().isEmpty()) {
            list.forEach(item -> items.put(StructureCheck.keyOf(item, schema), item));
        }
        return items;
    }
}
