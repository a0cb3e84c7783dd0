package dev.slb.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The objects of the files in {@code deploy/}, and those of the chart that are of the same name. */
final class InstallationFiles {

    private static final Path DEPLOY = Path.of("deploy");
    private static final Path CHART = Path.of("helm", "slb", "templates");

    private InstallationFiles() {}

    static List<JsonNode> deploy(String file) throws IOException {
        return objects(Files.readString(DEPLOY.resolve(file)));
    }

    static List<JsonNode> chart(String file) throws IOException {
        return objects(rendered(Files.readString(CHART.resolve(file))));
    }

    private static List<JsonNode> objects(String yaml) throws IOException {
        try (MappingIterator<JsonNode> objects =
                new YAMLMapper().readerFor(JsonNode.class).readValues(yaml)) {
            return objects.readAll();
        }
    }

    /** As Helm would render it with the values of the chart, without the lines that are made of them. */
    private static String rendered(String template) {
        StringBuilder rendered = new StringBuilder();
        for (String line : template.split("\n")) {
            String filled = line.replace("{{ include \"slb.name\" . }}", "slb")
                    .replace("{{ .Release.Namespace }}", "slb-system");
            if (!filled.contains("{{")) {
                rendered.append(filled).append('\n');
            }
        }
        return rendered.toString();
    }
}
