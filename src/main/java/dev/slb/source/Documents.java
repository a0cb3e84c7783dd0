package dev.slb.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

import static java.util.stream.Collectors.toCollection;

/**
 * Splits a text into YAML documents and reads each by itself, so that a broken one hurts no other. YAML 1.1, as kubectl
 * reads it, with anchors and merge keys; a key that is there twice is an error. JSON is YAML, too.
 */
final class Documents {
    private static final Pattern MARKER = Pattern.compile("^---(\\s.*)?$");
    private static final ObjectMapper JSON = new ObjectMapper();

    private Documents() {}

    /**
     * A document.
     *
     * @param number from 1
     * @param line at which it begins, from 1
     * @param value or null when it can not be read
     * @param error what is wrong, or null
     * @param ended whether the text says that nothing more belongs to it: by a marker, or, in JSON, by the bracket that closes it
     */
    record Document(int number, int line, JsonNode value, String error, boolean ended) {}

    /** Documents without content are left out, but counted. */
    static List<Document> read(String text) {
        List<Document> documents = new ArrayList<>();
        Yaml yaml = yaml();
        StringBuilder document = new StringBuilder();
        int number = 1;
        int line = 1;
        int start = 1;
        for (String each : text.split("\n", -1)) {
            if (MARKER.matcher(each).matches()) {
                if (hasContent(document)) {
                    documents.add(read(yaml, document.toString(), number, start, true));
                    number++;
                }
                document.setLength(0);
                // What follows the marker in its line belongs to the document.
                document.append(each.substring(3));
                start = line + 1;
            } else {
                document.append(each);
            }
            document.append('\n');
            line++;
        }
        if (hasContent(document)) {
            documents.add(read(yaml, document.toString(), number, start, false));
        }
        return documents;
    }

    private static boolean hasContent(CharSequence document) {
        return document.toString()
                .lines()
                .map(String::strip)
                .anyMatch(line -> !line.isEmpty() && !line.startsWith("#") && !line.startsWith("%"));
    }

    /** @param marked whether a marker follows */
    private static Document read(Yaml yaml, String text, int number, int line, boolean marked) {
        String error;
        try {
            Object value = yaml.load(text);
            boolean ended = marked || text.stripLeading().startsWith("{");
            return new Document(number, line, JSON.valueToTree(withTextKeys(value)), null, ended);
        } catch (MarkedYAMLException e) {
            int at = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine();
            // The text begins with the rest of the marker's line, if there was a marker.
            int first = line == 1 ? 1 : line - 1;
            error = "line " + (first + at) + ": " + e.getProblem();
        } catch (YAMLException e) {
            error = e.getMessage();
        }
        return new Document(number, line, null, error, marked);
    }

    /** For one document after another on one thread: it has state, but none from document to document. */
    private static Yaml yaml() {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        return new Yaml(
                new SafeConstructor(options),
                new Representer(new DumperOptions()),
                new DumperOptions(),
                options,
                new JsonTypes());
    }

    /** JSON has no type for times: they stay texts. */
    private static final class JsonTypes extends Resolver {
        @Override
        public void addImplicitResolver(Tag tag, Pattern pattern, String first, int limit) {
            if (!tag.equals(Tag.TIMESTAMP)) {
                super.addImplicitResolver(tag, pattern, first, limit);
            }
        }
    }

    private static Object withTextKeys(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> texts = new LinkedHashMap<>();
            map.forEach((key, each) -> texts.put(String.valueOf(key), withTextKeys(each)));
            return texts;
        }
        if (value instanceof List<?> list) {
            return list.stream().map(Documents::withTextKeys).collect(toCollection(ArrayList::new));
        }
        return value;
    }
}
