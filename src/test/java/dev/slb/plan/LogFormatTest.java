package dev.slb.plan;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LogFormatTest {

    @Test
    void aFormatStringIsLiteralsAndVariables() {
        assertThat(LogFormat.parse("a $status${host}b $$5").parts())
                .containsExactly(
                        new LogFormat.Literal("a "),
                        new LogFormat.Variable(LogField.STATUS),
                        new LogFormat.Variable(LogField.HOST),
                        new LogFormat.Literal("b $5"));
    }

    @Test
    void jsonIsAFormatOfItsOwn() {
        assertThat(LogFormat.parse("JSON").isJson()).isTrue();
        assertThat(LogFormat.parse(LogFormat.TEXT).isJson()).isFalse();
    }

    @Test
    void everyFieldOfTheReferenceIsAVariable() {
        for (LogField field : LogField.values()) {
            assertThat(LogFormat.parse("$" + field.variable()).parts()).containsExactly(new LogFormat.Variable(field));
        }
        assertThat(LogField.values()).hasSize(28 + 1); // and SLB_REASON, of our own
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "json|is neither JSON nor a format string with a $variable",
                "''|is neither JSON nor a format string with a $variable",
                "$remote_addr|has an unknown variable $remote_addr",
                "$status $|has an unknown variable $",
                "$STATUS|has an unknown variable $STATUS",
                "${status|has no } after ${status",
            })
    void whatIsWrongIsSaid(String format, String problem) {
        assertThat(LogFormat.validate(format)).containsExactly(problem);
        assertThatThrownBy(() -> LogFormat.parse(format)).hasMessage(problem);
    }

    @Test
    void everyProblemIsSaid() {
        assertThat(LogFormat.validate("$a $status $b")).hasSize(2);
        assertThat(LogFormat.validate("$status\n")).containsExactly("has a control character");
        assertThat(LogFormat.validate(null)).containsExactly("is missing");
        assertThat(LogFormat.validate(LogFormat.TEXT)).isEmpty();
    }
}
