package dev.slb.cli.playground;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class TerminalTest {

    @Test
    void pagesAreCutToTheWindow() {
        List<String> page = List.of("one", "two is longer", "three", "four");

        assertThat(Terminal.fit(page, 4, 80)).isEqualTo(page);
        assertThat(Terminal.fit(page, 3, 8)).containsExactly("one", "two is …", "... 2 m…");
    }

    @Test
    void theSizeIsReadOrNot() {
        assertThat(Terminal.parse("50 132")).isEqualTo(new Terminal.Size(50, 132));
        assertThat(Terminal.parse("0 0")).isNull();
        assertThat(Terminal.parse("")).isNull();
    }
}
