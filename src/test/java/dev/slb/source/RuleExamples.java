package dev.slb.source;

import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The examples of the CEL rules: {@code crd/rules/<kind>/<rule>/valid*.yaml} and {@code invalid*.yaml}, the latter with
 * comments that say which field is at fault and what is said about it. Of two documents in a file the first is the object
 * that is updated.
 */
final class RuleExamples {
    private static final Path FOLDER = Path.of("src", "test", "resources", "crd", "rules");
    private static final Pattern FIELD = Pattern.compile("^# field: (.*)$", Pattern.MULTILINE);
    private static final Pattern MESSAGE = Pattern.compile("^# message: (.*)$", Pattern.MULTILINE);
    private static final ObjectMapper YAML = new YAMLMapper();

    private RuleExamples() {}

    static List<CrdExample> all() throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(FOLDER)) {
            files = walk.filter(Files::isRegularFile).sorted().toList();
        }
        List<CrdExample> examples = new ArrayList<>();
        for (Path file : files) {
            examples.add(read(file));
        }
        return examples;
    }

    private static CrdExample read(Path file) throws IOException {
        Path name = FOLDER.relativize(file);
        String text = Files.readString(file);
        List<ObjectNode> documents;
        try (MappingIterator<ObjectNode> values =
                YAML.readerFor(ObjectNode.class).readValues(text)) {
            documents = values.readAll();
        }
        boolean valid = file.getFileName().toString().startsWith("valid");
        return new CrdExample(
                name.subpath(1, name.getNameCount()).toString(),
                name.getName(0).toString(),
                documents.size() == 2 ? documents.get(0) : null,
                documents.get(documents.size() - 1),
                valid ? null : comment(FIELD, text, file),
                valid ? null : comment(MESSAGE, text, file));
    }

    private static String comment(Pattern pattern, String text, Path file) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw new IllegalStateException(file + " has no comment like " + pattern);
        }
        return matcher.group(1);
    }
}
