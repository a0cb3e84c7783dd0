package dev.slb;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** Documents lead to each other, and the decisions are numbered and listed. */
class DocumentsTest {

    private static final Path DOCS = Path.of("docs");
    private static final Path DECISIONS = DOCS.resolve("decisions");
    private static final Path INDEX = DECISIONS.resolve("README.md");

    private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
    private static final Pattern ELSEWHERE = Pattern.compile("[a-z]+:.*");
    private static final Pattern DOCUMENT = Pattern.compile("\\bdocs/[\\w./-]+\\.(?:md|svg)\\b");
    private static final Pattern FENCE = Pattern.compile("\\s*```.*");

    private static final Pattern PAGE = Pattern.compile("(\\d{4})-[a-z0-9-]+\\.md");
    private static final Pattern TITLE = Pattern.compile("# (\\d+)\\. (.+)");
    private static final Pattern STATUS = Pattern.compile(
            "Date: (\\d{4}-\\d{2}-\\d{2})\\. Status: (Accepted|Replaced by \\[\\d+]\\(\\d{4}-[a-z0-9-]+\\.md\\))\\.");

    @Test
    void everyLinkOfADocumentLeadsToAFileAndAHeadingThatThereAre() {
        assertThat(documents().flatMap(document -> broken(document).stream())).isEmpty();
    }

    private static List<String> broken(Path document) {
        List<String> broken = new ArrayList<>();
        for (String line : withoutCode(document)) {
            Matcher link = LINK.matcher(line);
            while (link.find()) {
                if (!ELSEWHERE.matcher(link.group(1)).matches() && !leads(document, link.group(1))) {
                    broken.add(document + ": " + link.group(1));
                }
            }
        }
        return broken;
    }

    private static boolean leads(Path from, String link) {
        int hash = link.indexOf('#');
        String file = hash < 0 ? link : link.substring(0, hash);
        Path target = file.isEmpty() ? from : from.resolveSibling(file);
        return Files.exists(target) && (hash < 0 || headings(target).contains(link.substring(hash + 1)));
    }

    /** As GitHub makes anchors of them. */
    private static List<String> headings(Path document) {
        return withoutCode(document).stream()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceFirst("#+ ", "")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .toList();
    }

    private static List<String> withoutCode(Path document) {
        List<String> text = new ArrayList<>();
        boolean code = false;
        for (String line : Sources.lines(document)) {
            if (FENCE.matcher(line).matches()) {
                code = !code;
            } else if (!code) {
                text.add(line);
            }
        }
        return text;
    }

    @Test
    void everyDocumentThatOtherFilesNameIsThere() {
        List<String> missing = new ArrayList<>();
        Stream.of("deploy", "helm", "src/main", "src/bench", "src/interop", ".ci/run", "Dockerfile", "slb", "pom.xml")
                .flatMap(root -> Sources.files(Path.of(root)))
                .forEach(file -> Sources.lines(file)
                        .forEach(line -> DOCUMENT.matcher(line)
                                .results()
                                .filter(found -> !Files.exists(Path.of(found.group())))
                                .forEach(found -> missing.add(file + ": " + found.group()))));

        assertThat(missing).isEmpty();
    }

    @Test
    void decisionsAreNumberedInTheOrderOfTheirDates() {
        List<Path> pages = decisions();

        assertThat(pages).isNotEmpty().allSatisfy(page -> {
            Matcher name = PAGE.matcher(page.getFileName().toString());
            assertThat(name.matches()).as("%s begins with a number", page).isTrue();
            assertThat(title(page).group(1))
                    .as("the number in %s", page)
                    .isEqualTo(String.valueOf(Integer.parseInt(name.group(1))));
        });
        assertThat(pages.stream().map(page -> title(page).group(1)))
                .containsExactlyElementsOf(IntStream.rangeClosed(1, pages.size())
                        .mapToObj(String::valueOf)
                        .toList());
        assertThat(pages.stream().map(page -> LocalDate.parse(status(page).group(1))))
                .isSorted();
    }

    @Test
    void theIndexOfDecisionsHasEachWithItsTitleDateAndStatus() {
        assertThat(Sources.lines(INDEX).stream().filter(line -> line.startsWith("| [")))
                .containsExactlyElementsOf(
                        decisions().stream().map(DocumentsTest::row).toList());
    }

    private static String row(Path page) {
        Matcher title = title(page);
        Matcher status = status(page);
        return "| [%s](%s) | %s | %s | %s |"
                .formatted(title.group(1), page.getFileName(), title.group(2), status.group(1), status.group(2));
    }

    private static Matcher title(Path page) {
        return matched(TITLE, page, 0);
    }

    private static Matcher status(Path page) {
        return matched(STATUS, page, 2);
    }

    private static Matcher matched(Pattern pattern, Path page, int line) {
        Matcher matcher = pattern.matcher(Sources.lines(page).get(line));
        assertThat(matcher.matches())
                .as("line %d of %s is like %s", line + 1, page, pattern)
                .isTrue();
        return matcher;
    }

    private static List<Path> decisions() {
        return Sources.files(DECISIONS).filter(page -> !page.equals(INDEX)).toList();
    }

    private static Stream<Path> documents() {
        return Stream.concat(
                        Stream.of("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
                                .map(Path::of),
                        Sources.files(DOCS))
                .filter(file -> file.toString().endsWith(".md"));
    }
}
