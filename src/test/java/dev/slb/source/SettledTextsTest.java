package dev.slb.source;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.time.Duration;

import static org.assertj.core.api.Assertions.assertThat;

/** The turns of files that wait; {@link HalfWrittenFilesTest} says what counts when. */
class SettledTextsTest {

    private static final Path A = Path.of("a.yaml");
    private static final Path B = Path.of("b.yaml");
    private static final String OBJECTS = """
            kind: A
            metadata: {name: a}
            ---
            kind: B
            metadata: {name: b}
            """;
    private static final String LESS = "kind: A\nmetadata: {name: a}\n";
    private static final String WHOLE = OBJECTS.replace("kind: A", "kind: C\nmetadata: {name: c}\n---\nkind: A");

    private long nanos;
    private final SettledTexts texts = new SettledTexts(() -> nanos);

    @BeforeEach
    void start() {
        texts.observe(A, OBJECTS);
        texts.observe(B, OBJECTS);
        texts.settle();
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    @Test
    void whoWaitsForNobodyHasNoTurn() {
        assertThat(texts.nextTurn()).isEmpty();

        texts.observe(A, WHOLE);
        texts.settle();

        assertThat(texts.text(A)).contains(WHOLE);
        assertThat(texts.nextTurn()).isEmpty();
    }

    @Test
    void aTurnThatIsOverBeforeAnybodyAsksIsDue() {
        texts.observe(A, LESS);
        pass(SettledTexts.SETTLE.minusMillis(1));
        texts.settle();

        pass(Duration.ofMillis(20));

        assertThat(texts.nextTurn()).contains(Duration.ZERO);
        texts.settle();
        assertThat(texts.text(A)).contains(LESS);
        assertThat(texts.nextTurn()).isEmpty();
    }

    /** Whoever renames a group saves its file, and then those of its listeners, one by one. */
    @Test
    void anEditOfSeveralFilesGoesOnUntilNoneOfThemChanges() {
        texts.observe(A, LESS);
        texts.settle();
        pass(SettledTexts.SETTLE.minusSeconds(1));
        texts.observe(B, WHOLE);
        texts.settle();

        pass(Duration.ofSeconds(1));
        texts.settle();

        assertThat(texts.text(A)).as("though it is old enough").contains(OBJECTS);
        assertThat(texts.nextTurn()).contains(SettledTexts.SETTLE.minusSeconds(1));
        pass(SettledTexts.SETTLE.minusSeconds(1));
        texts.settle();
        assertThat(texts.text(A)).contains(LESS);
        assertThat(texts.text(B)).contains(WHOLE);
        assertThat(texts.nextTurn()).isEmpty();
    }

    @Test
    void filesThatComeOneAfterTheOtherHoldUpNobodyForEver() {
        texts.observe(A, LESS);
        for (int i = 0; i <= SettledTexts.PATIENCE.toSeconds(); i++) {
            assertThat(texts.text(A)).as("%d s", i).contains(OBJECTS);
            texts.observe(Path.of("new" + i), LESS);
            texts.settle();
            pass(Duration.ofSeconds(1));
        }

        assertThat(texts.text(A)).contains(LESS);
        assertThat(texts.text(Path.of("new0"))).contains(LESS);
        assertThat(texts.text(Path.of("new" + SettledTexts.PATIENCE.toSeconds())))
                .as("it may be half written")
                .isEmpty();
    }
}
