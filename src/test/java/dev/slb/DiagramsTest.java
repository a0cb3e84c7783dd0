package dev.slb;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The diagrams of {@code docs/architecture.md} have the states and the calls that the code has. A diagram of states bears the
 * name of its class.
 */
class DiagramsTest {

    private static final Path PAGE = Path.of("docs/architecture.md");

    private static final String OUTSIDE = "[*]";
    private static final Pattern TRANSITION = Pattern.compile("(\\[\\*]|\\w+) --> (\\[\\*]|\\w+)(?: : (.+))?");
    private static final Pattern PARTICIPANT = Pattern.compile("(participant|actor) (\\w+)");
    private static final Pattern MESSAGE = Pattern.compile("(\\w+)(-?->>)(\\w+): (.+)");
    private static final Pattern BLOCK_OR_NOTE = Pattern.compile("(loop|alt|opt|else) .+|end|note over [\\w,]+: .+");
    private static final Pattern METHOD = Pattern.compile("\\b(\\w+)\\(\\)");
    private static final Pattern QUOTED = Pattern.compile("`(\\w+)`");

    private record Transition(String from, String to, String label) {}

    @Test
    void theMachinesAreDrawnAndNoOther() {
        assertThat(blocks("stateDiagram-v2").map(DiagramsTest::title))
                .containsExactlyInAnyOrder(
                        "ClientConnection", "Http2ClientConnection", "Exchange", "Relay", "ListenerControl");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ClientConnection", "Http2ClientConnection", "Exchange", "Relay"})
    void theStatesDrawnAreThoseOfTheEnum(String machine) throws ClassNotFoundException {
        Object[] states = Class.forName(Sources.type(machine).getName() + "$State")
                .asSubclass(Enum.class)
                .getEnumConstants();

        assertDrawn(machine, Arrays.stream(states).map(Object::toString).toList());
    }

    /** It has no enum: its states are told apart by its fields, and the table below its diagram says how. */
    @Test
    void theStatesOfAListenerControlAreThoseThatItsFieldsTellApart() {
        List<String> rows = tableBelow("ListenerControl");
        assertDrawn(
                "ListenerControl", rows.stream().map(row -> quoted(row).get(0)).toList());

        Set<String> named =
                rows.stream().flatMap(row -> quoted(row).stream().skip(1)).collect(Collectors.toSet());
        assertThat(named)
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Sources.type("ListenerControl").getDeclaredFields())
                                .filter(field -> !Modifier.isFinal(field.getModifiers()) && !field.isSynthetic())
                                .map(Field::getName)
                                .toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ClientConnection", "Http2ClientConnection", "Exchange", "Relay", "ListenerControl"})
    void whatIsWrittenAtATransitionAsAMethodIsOneOfTheClass(String machine) {
        Class<?> type = Sources.type(machine);

        assertThat(transitions(machine))
                .filteredOn(transition -> transition.label != null)
                .allSatisfy(transition -> assertThat(methods(transition.label))
                        .allMatch(method -> Sources.hasMethod(type, method), "a method of " + machine));
    }

    /** A solid arrow between two classes is a call, of a method of the class that it points at. */
    @Test
    void theLifeOfARequestIsMadeOfClassesAndMethodsThatThereAre() {
        List<List<String>> all = blocks("sequenceDiagram").toList();
        assertThat(all).hasSize(1);
        Set<String> classes = new HashSet<>();
        Set<String> actors = new HashSet<>();
        Set<String> inMessages = new TreeSet<>();
        for (String line : all.get(0)) {
            Matcher participant = PARTICIPANT.matcher(line);
            Matcher message = MESSAGE.matcher(line);
            if (participant.matches()) {
                (participant.group(1).equals("actor") ? actors : classes).add(participant.group(2));
            } else if (message.matches()) {
                inMessages.addAll(List.of(message.group(1), message.group(3)));
                assertIsCall(message, classes);
            } else {
                assertThat(line).matches(BLOCK_OR_NOTE);
            }
        }
        assertThat(inMessages)
                .containsExactlyInAnyOrderElementsOf(
                        Stream.concat(classes.stream(), actors.stream()).toList());
    }

    private static void assertIsCall(Matcher message, Set<String> classes) {
        String receiver = message.group(3);
        if (!classes.contains(receiver)) {
            return;
        }
        List<String> methods = methods(message.group(4));
        if (message.group(2).equals("->>") && classes.contains(message.group(1))) {
            assertThat(methods).as(message.group()).isNotEmpty();
        }
        assertThat(methods)
                .as(message.group())
                .allMatch(method -> Sources.hasMethod(Sources.type(receiver), method), "a method of " + receiver);
    }

    /** Each state has a way in and a way out. */
    private static void assertDrawn(String machine, List<String> states) {
        List<Transition> transitions = transitions(machine);
        assertThat(ends(transitions.stream().map(Transition::from)))
                .as("states of %s that are left", machine)
                .containsExactlyInAnyOrderElementsOf(states);
        assertThat(ends(transitions.stream().map(Transition::to)))
                .as("states of %s that are entered", machine)
                .containsExactlyInAnyOrderElementsOf(states);
    }

    private static Set<String> ends(Stream<String> ends) {
        return ends.filter(end -> !end.equals(OUTSIDE)).collect(Collectors.toSet());
    }

    private static List<Transition> transitions(String machine) {
        List<Transition> all = new ArrayList<>();
        for (String line : blockOf(machine)) {
            if (!line.equals("---") && !line.startsWith("title: ")) {
                Matcher transition = TRANSITION.matcher(line);
                assertThat(transition.matches()).as(line).isTrue();
                all.add(new Transition(transition.group(1), transition.group(2), transition.group(3)));
            }
        }
        return all;
    }

    private static List<String> blockOf(String machine) {
        List<List<String>> found = blocks("stateDiagram-v2")
                .filter(block -> title(block).equals(machine))
                .toList();
        assertThat(found).as("diagrams of %s", machine).hasSize(1);
        return found.get(0);
    }

    private static String title(List<String> block) {
        return block.stream()
                .filter(line -> line.startsWith("title: "))
                .map(line -> line.substring("title: ".length()))
                .collect(Collectors.joining());
    }

    /** What stands in the blocks of this kind, without the kind itself. */
    private static Stream<List<String>> blocks(String kind) {
        List<List<String>> all = new ArrayList<>();
        List<String> block = null;
        for (String line : Sources.lines(PAGE)) {
            if (line.equals("```mermaid")) {
                block = new ArrayList<>();
            } else if (line.equals("```") && block != null) {
                all.add(block);
                block = null;
            } else if (block != null && !line.isBlank()) {
                block.add(line.strip());
            }
        }
        return all.stream().filter(each -> each.remove(kind));
    }

    /** The rows of the first table behind a diagram, without its head. */
    private static List<String> tableBelow(String machine) {
        return Sources.lines(PAGE).stream()
                .dropWhile(line -> !line.equals("title: " + machine))
                .dropWhile(line -> !line.startsWith("| "))
                .takeWhile(line -> line.startsWith("| "))
                .skip(2)
                .toList();
    }

    private static List<String> methods(String text) {
        return all(METHOD, text);
    }

    private static List<String> quoted(String text) {
        return all(QUOTED, text);
    }

    private static List<String> all(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map((MatchResult result) -> result.group(1))
                .toList();
    }
}
