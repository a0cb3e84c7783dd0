package dev.slb.source;

import com.fasterxml.jackson.databind.JsonNode;
import dev.slb.source.Documents.Document;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether a text is evidently whole, and not the beginning of one that is being written. The beginning of a YAML file is nearly
 * always valid YAML: it lacks objects, the rest of a list, the last digits of a number. So whole is what has everything that the
 * version before it had, and ends where that one ended. JSON ends with the bracket that closes it.
 */
final class Wholeness {

    private Wholeness() {}

    static boolean isBlank(String text) {
        return Documents.read(text).isEmpty();
    }

    /**
     * @param before the version that counts now; null when there is none
     * @return false when it may be a beginning
     */
    static boolean isEvident(String before, String now) {
        List<Document> documents = Documents.read(now);
        List<Document> documentsBefore = before == null ? List.of() : Documents.read(before);
        if (documents.isEmpty() || !readable(documents) || !readable(documentsBefore)) {
            return false;
        }
        Document last = documents.get(documents.size() - 1);
        return hasAll(documentsBefore, documents) && (last.ended() || endsAsBefore(documentsBefore, documents, now));
    }

    private static boolean readable(List<Document> documents) {
        return documents.stream().allMatch(document -> document.error() == null);
    }

    private static boolean hasAll(List<Document> before, List<Document> now) {
        return objects(now).keySet().containsAll(objects(before).keySet());
    }

    private static boolean endsAsBefore(List<Document> before, List<Document> now, String text) {
        // Without its line's end, "port: 80" may become 8080, and "/v[0-9]" become "/v[0-9]+".
        if (!text.endsWith("\n")) {
            return false;
        }
        Map.Entry<List<String>, JsonNode> last = null;
        for (Map.Entry<List<String>, JsonNode> each : objects(now).entrySet()) {
            last = each;
        }
        JsonNode same = objects(before).get(last.getKey());
        return same != null && reaches(same, last.getValue());
    }

    /** By what tells them apart, in the order of the text; the items of lists one by one. */
    private static Map<List<String>, JsonNode> objects(List<Document> documents) {
        Map<List<String>, JsonNode> objects = new LinkedHashMap<>();
        documents.forEach(document -> add(document.value(), objects));
        return objects;
    }

    private static void add(JsonNode object, Map<List<String>, JsonNode> objects) {
        if (isList(object)) {
            object.get("items").forEach(item -> add(item, objects));
        } else {
            JsonNode metadata = object.path("metadata");
            List<String> key = List.of(
                    object.path("apiVersion").asText(),
                    object.path("kind").asText(),
                    metadata.path("namespace").asText(),
                    metadata.path("name").asText());
            // The last one of a text must be the last here, also when it is there twice.
            objects.remove(key);
            objects.put(key, object);
        }
    }

    static boolean isList(JsonNode object) {
        return object.path("kind").asText().endsWith("List")
                && object.path("items").isArray();
    }

    /** Whether an object has all that it had, and its last value is the one that was the last. */
    static boolean reaches(JsonNode before, JsonNode now) {
        Values had = Values.of(before);
        Values has = Values.of(now);
        return has.byPath.keySet().containsAll(had.byPath.keySet())
                && has.last.equals(had.last)
                && isComplete(had.byPath.get(had.last), has.byPath.get(has.last));
    }

    /** Of a text with several lines the rest may be missing, and what is nothing may be the name of a field whose value is. */
    private static boolean isComplete(JsonNode before, JsonNode now) {
        return now.equals(before) || (!now.isNull() && isOneWord(before) && isOneWord(now));
    }

    private static boolean isOneWord(JsonNode value) {
        return value.asText().chars().noneMatch(Character::isWhitespace);
    }

    /** The values of an object by their paths, in the order of the text. Items of lists are known by their names, not their places. */
    private static final class Values {

        final Map<String, JsonNode> byPath = new HashMap<>();
        String last = "";

        static Values of(JsonNode object) {
            Values values = new Values();
            values.add("", object);
            return values;
        }

        private void add(String path, JsonNode node) {
            if (node.isEmpty()) {
                byPath.put(path, node);
                last = path;
            } else if (node.isObject()) {
                for (Map.Entry<String, JsonNode> field : node.properties()) {
                    add(path + "/" + field.getKey(), field.getValue());
                }
            } else {
                for (JsonNode item : node) {
                    boolean named = item.path("name").isTextual();
                    add(path + "[" + (named ? item.get("name").asText() : item) + "]", item);
                }
            }
        }
    }
}
