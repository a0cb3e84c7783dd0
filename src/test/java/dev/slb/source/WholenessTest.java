package dev.slb.source;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class WholenessTest {

    private static final String BEFORE = """
            kind: A
            metadata: {name: a}
            ---
            kind: B
            metadata: {name: b}
            spec:
              hosts: [x, y]
              servers:
              - name: one
                weight: 1
              - name: two
                weight: 100
            """;

    @Test
    void valuesMayChangeAndThingsMayBeInserted() {
        assertWhole(BEFORE);
        assertWhole(BEFORE.replace("100", "5"));
        assertWhole(BEFORE.replace("  servers:", "  port: 80\n  servers:\n  - name: zero\n    weight: 0"));
        assertWhole(BEFORE.replace("---", "---\nkind: C\nmetadata: {name: c}\n---"));
    }

    @Test
    void whatIsGoneMayBeStillToCome() {
        assertDoubtful(BEFORE.substring(BEFORE.indexOf("---")));
        assertDoubtful(BEFORE.substring(0, BEFORE.indexOf("---") + 4));
        assertDoubtful(BEFORE.substring(0, BEFORE.indexOf("  - name: two")));
        assertDoubtful(BEFORE.replace("[x, y]", "[x]"));
        assertDoubtful(BEFORE.replace("[x, y]", "[x, z]"));
    }

    @Test
    void whatIsNewAtTheEndMayGoOn() {
        assertDoubtful(BEFORE + "    more: 1\n");
        assertDoubtful(BEFORE + "  - name: three\n    weight: 7\n");
        assertDoubtful(BEFORE + "---\nkind: C\nmetadata: {name: c}\n");
        assertWhole(BEFORE + "  - name: three\n    weight: 7\n---\n");
    }

    @Test
    void theLastValueMayGoOn() {
        assertDoubtful(BEFORE.replace("weight: 100\n", "weight: 10"));
        assertDoubtful(BEFORE.replace("weight: 100\n", "weight:\n"));
        assertDoubtful(BEFORE.replace("weight: 100\n", "weight: |\n      a\n      b\n"));
        assertWhole(BEFORE.replace("weight: 100\n", "weight: \"10\"\n"));
    }

    /** Brackets and quotes may be in the middle of a text: {@code /v[0-9]+}, {@code 'it''s'}. */
    @Test
    void aLineThatDoesNotEndMayGoOn() {
        for (String value : new String[] {"/v[0-9]", "/a}", "'it'", "\"it\""}) {
            assertDoubtful(BEFORE.replace("weight: 100\n", "weight: " + value));
            assertWhole(BEFORE.replace("weight: 100\n", "weight: " + value + "\n"));
        }
    }

    @Test
    void jsonEndsWithItsBracket() {
        String json = "{\"kind\": \"A\", \"metadata\": {\"name\": \"a\"}, \"spec\": [1, 2]}";
        assertThat(Wholeness.isEvident(null, json)).isTrue();
        assertThat(Wholeness.isEvident(json, json.replace("[1, 2]", "[1]"))).isTrue();
        assertThat(Wholeness.isEvident(json, json.replace("\"a\"", "\"b\"")))
                .as("it lacks an object that it had")
                .isFalse();
        assertThat(Wholeness.isEvident(json, json.substring(0, json.length() - 1)))
                .isFalse();
        assertThat(Wholeness.isEvident(json + "\n---\n" + json.replace("A", "B"), json))
                .isFalse();
    }

    @Test
    void whatIsNoYamlOrHasNoContentIsNotWhole() {
        assertDoubtful("kind: [");
        assertDoubtful("# nothing\n");
        assertThat(Wholeness.isEvident("kind: [", BEFORE))
                .as("what it had is unknown")
                .isFalse();
        assertThat(Wholeness.isEvident(null, BEFORE)).isFalse();
    }

    private static void assertWhole(String now) {
        assertThat(Wholeness.isEvident(BEFORE, now)).as(now).isTrue();
    }

    private static void assertDoubtful(String now) {
        assertThat(Wholeness.isEvident(BEFORE, now)).as(now).isFalse();
    }
}
