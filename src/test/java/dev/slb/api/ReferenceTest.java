package dev.slb.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

import static org.assertj.core.api.Assertions.assertThat;

/** {@code docs/reference.md} has a row for each field of the CRDs, and no other. */
class ReferenceTest {

    private static final Path REFERENCE = Path.of("docs/reference.md");
    private static final int COLUMNS = 5;

    @ParameterizedTest
    @CsvSource({
        "LoadBalancer, loadbalancers",
        "Listener, listeners",
        "VServerGroup, vservergroups",
        "MasterSlaveGroup, masterslavegroups"
    })
    void everyFieldHasARowAndEveryRowAField(String kind, String plural) throws IOException {
        JsonNode schema = new YAMLMapper()
                .readTree(Path.of("crds", "slb.dev_" + plural + ".yaml").toFile())
                .at("/spec/versions/0/schema/openAPIV3Schema/properties");
        SortedSet<String> fields = new TreeSet<>();
        for (String part : List.of("spec", "status")) {
            collect(schema.path(part), part, fields);
        }

        List<String> rows = rows(kind);

        assertThat(rows).doesNotHaveDuplicates();
        assertThat(new TreeSet<>(rows)).isEqualTo(fields);
    }

    private static void collect(JsonNode schema, String path, SortedSet<String> fields) {
        schema.path("properties").fields().forEachRemaining(field -> {
            String name = path + "." + field.getKey();
            fields.add(name);
            collect(field.getValue(), name, fields);
        });
        if (schema.has("items")) {
            collect(schema.get("items"), path + "[]", fields);
        }
    }

    /** The first columns of the table under the heading of a kind, without their quotes. */
    private static List<String> rows(String kind) throws IOException {
        String text = Files.readString(REFERENCE);
        String heading = "\n## " + kind + "\n";
        assertThat(text).contains(heading);
        String section = text.substring(text.indexOf(heading) + heading.length());
        int end = section.indexOf("\n## ");
        return section.substring(0, end < 0 ? section.length() : end)
                .lines()
                .filter(line -> line.startsWith("| `"))
                .map(ReferenceTest::field)
                .toList();
    }

    private static String field(String row) {
        List<String> cells = Arrays.stream(row.split("(?<!\\\\)\\|"))
                .map(String::strip)
                .skip(1)
                .toList();
        assertThat(cells).as(row).hasSize(COLUMNS).doesNotContain("");
        return cells.get(0).replace("`", "");
    }
}
