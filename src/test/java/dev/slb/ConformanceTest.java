package dev.slb;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** What the page on conformance says is held by tests that there are, section by section. */
class ConformanceTest {

    private static final Path PAGE = Path.of("docs/http-conformance.md");
    private static final Path TESTS = Path.of("src/test/java");

    private static final Pattern HEADING = Pattern.compile("## (?:The )?(RFC \\d+|PROXY protocol)\\b.*");
    private static final Pattern TEST = Pattern.compile("`(\\w+)#(\\w+)`");
    private static final Pattern WHY = Pattern.compile("(n/a|differs|untested): .+");

    /** One requirement, or a section that has none. */
    private record Row(String specification, String section, String requirement, String whatWeDo, String held) {}

    private static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        String specification = null;
        for (String line : Sources.lines(PAGE)) {
            Matcher heading = HEADING.matcher(line);
            if (heading.matches()) {
                specification = heading.group(1);
            } else if (specification != null && line.matches("\\| \\d.*")) {
                List<String> cells = Arrays.stream(line.substring(1).split("(?<!\\\\)\\|"))
                        .map(String::strip)
                        .toList();
                assertThat(cells).as(line).hasSize(4);
                rows.add(new Row(specification, cells.get(0), cells.get(1), cells.get(2), cells.get(3)));
            }
        }
        return rows;
    }

    @Test
    void everyRowNamesTestsThatThereAreOrSaysWhyNone() {
        assertThat(rows()).isNotEmpty().allSatisfy(row -> {
            List<String> named = new ArrayList<>();
            Matcher test = TEST.matcher(row.held());
            while (test.find()) {
                named.add(test.group());
                assertThat(isTest(test.group(1), test.group(2)))
                        .as(test.group())
                        .isTrue();
            }
            assertThat(!named.isEmpty() || WHY.matcher(row.held()).matches())
                    .as(row.toString())
                    .isTrue();
            assertThat(row.requirement()).as(row.toString()).isNotEmpty();
        });
    }

    private static boolean isTest(String type, String method) {
        return Sources.files(TESTS)
                .filter(file -> file.endsWith(type + ".java"))
                .flatMap(file -> Sources.lines(file).stream())
                .anyMatch(line -> line.matches("    void " + method + "\\(.*"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "RFC 9110|2.2 2.5 4.2.1 4.2.4 5.1 5.3 5.4 5.5 5.6.1 6.5.1 6.6.1 6.6.2 7.1 7.2 7.3 7.4 7.5 7.6 7.6.1 7.6.2"
                        + " 7.6.3 7.7 7.8 8.4 8.4.1 8.6 8.8.1 9.1 9.2.2 9.3.1 9.3.2 9.3.6 9.3.7 9.3.8 10.1.1 10.1.3 10.1.4"
                        + " 10.2.1 11.6.1 11.6.2 11.6.3 11.7.1 11.7.2 12.5.3 12.5.5 13.1.1 13.1.2 13.2.1 14.2 14.3 14.4 15"
                        + " 15.2 15.2.2 15.3.5 15.3.6 15.3.7 15.4 15.4.5 15.5.6 15.5.9 15.5.22 15.6.3 15.6.4 15.6.5 15.6.6"
                        + " 17.2 17.5 17.6 17.10",
                "RFC 9112|2.1 2.2 2.3 3 3.1 3.2 3.2.1 3.2.2 3.2.3 3.2.4 3.3 4 5 5.1 5.2 6 6.1 6.2 6.3 7 7.1 7.1.1 7.1.2"
                        + " 7.1.3 7.2 7.3 7.4 8 9 9.1 9.2 9.3 9.3.1 9.3.2 9.4 9.5 9.6 9.7 9.8 10 10.1 10.2 11.1 11.2 11.3"
                        + " 11.4",
                "RFC 9113|3.2 3.3 3.4 4.1 4.2 4.3 4.3.1 5.1 5.1.1 5.1.2 5.2 5.3 5.4.1 5.4.2 5.4.3 5.5 6.1"
                        + " 6.2 6.4 6.5.2 6.5.3 6.6 6.7 6.8 6.9 6.9.2 6.10 7 8.1 8.1.1 8.2 8.2.1 8.2.2 8.2.3"
                        + " 8.3 8.3.1 8.3.2 8.4 8.5 8.6 8.7 8.8 9.1 9.2 9.2.1 9.2.2 10.3 10.5 10.5.1 10.5.2 10.6 10.7",
                "RFC 6455|1.3 4.1 4.2.2 4.4 5.1 5.4 5.5.2 5.8 7.1.1 7.1.7 10.3 11.3.2",
                "PROXY protocol|2 2.1 2.2 2.2.3 2.2.4 2.2.5 2.2.6 4.1"
            })
    void everySectionHasARow(String specification, String sections) {
        List<String> there = rows().stream()
                .filter(row -> row.specification().equals(specification))
                .map(Row::section)
                .distinct()
                .toList();
        assertThat(there)
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(sections.split(" ")).toList());
    }
}
