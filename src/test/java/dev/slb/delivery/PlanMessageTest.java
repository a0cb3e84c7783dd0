package dev.slb.delivery;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class PlanMessageTest {

    /** Longer lines are read in pieces. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3_000, 4_000, 32_768, 200_000})
    void aDocumentIsTheTextThatStoodInItsLine(int more) {
        String document = "{ \"a\" : \"\\u00e4\\/ ä" + "x".repeat(more) + "\", \"b\":[1.0, 1e2,{}] }";
        String ascii = "{\"a\":\"" + "x".repeat(more) + "\"}";

        for (String text : new String[] {document, ascii}) {
            PlanMessage read = PlanMessage.read("{\"message\":\"publish\", \"document\": " + text
                    + ",\"id\":\"pool/shop/shop\",\"version\":\"v\",\"new\":{\"x\":" + text + "}}");

            assertThat(read).isInstanceOfSatisfying(PlanMessage.Publish.class, publish -> {
                assertThat(publish.document()).isEqualTo(text);
                assertThat(publish.version()).isEqualTo("v");
                assertThat(publish.toString()).doesNotContain("xxx");
            });
        }
    }
}
