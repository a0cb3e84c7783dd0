package dev.slb.forwarder.accesslog;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class RotatingFileTest {

    @TempDir
    Path folder;

    @Test
    void oldFilesAreNumberedAndTheOldestGo() throws IOException {
        try (RotatingFile file = new RotatingFile(log(), 8, 2)) {
            write(file, "one\ntwo\nthree\nfour\nfive\nsix\n");
        }

        assertThat(log()).hasContent("six\n");
        assertThat(old(1)).hasContent("five\n");
        assertThat(old(2)).hasContent("four\n");
        assertThat(old(3)).doesNotExist();
    }

    @Test
    void linesThatFitStayTogether() throws IOException {
        try (RotatingFile file = new RotatingFile(log(), 8, 2)) {
            write(file, "one\n");
            write(file, "two\n");
            write(file, "3\n");
        }

        assertThat(old(1)).hasContent("one\ntwo\n");
        assertThat(log()).hasContent("3\n");
    }

    @Test
    void aLineOverTheLimitHasItsOwnFile() throws IOException {
        try (RotatingFile file = new RotatingFile(log(), 8, 3)) {
            write(file, "one\nmuch too long\ntwo\n");
        }

        assertThat(old(2)).hasContent("one\n");
        assertThat(old(1)).hasContent("much too long\n");
        assertThat(log()).hasContent("two\n");
    }

    @Test
    void anExistingFileGrowsOn() throws IOException {
        Files.writeString(log(), "before\n");
        try (RotatingFile file = new RotatingFile(log(), 12, 1)) {
            write(file, "a\n");
            write(file, "after\n");
        }

        assertThat(old(1)).hasContent("before\na\n");
        assertThat(log()).hasContent("after\n");
    }

    @Test
    void withNoFilesKeptOnlyTheNewestLinesStay() throws IOException {
        try (RotatingFile file = new RotatingFile(log(), 4, 0)) {
            write(file, "one\ntwo\n");
        }

        assertThat(folder).isDirectoryContaining(path -> path.equals(log()));
        assertThat(folder.toFile().list()).hasSize(1);
        assertThat(log()).hasContent("two\n");
    }

    @Test
    void withoutALimitNothingIsRotated() throws IOException {
        try (RotatingFile file = new RotatingFile(log(), 0, 2)) {
            write(file, "line\n".repeat(1000));
        }

        assertThat(log()).hasSize(5000);
        assertThat(old(1)).doesNotExist();
    }

    @Test
    void reopenFollowsAFileThatWasMovedAway() throws IOException {
        try (RotatingFile file = new RotatingFile(log(), 0, 0)) {
            write(file, "one\n");
            Files.move(log(), folder.resolve("moved"));
            write(file, "two\n");
            file.reopen();
            write(file, "three\n");
        }

        assertThat(folder.resolve("moved")).hasContent("one\ntwo\n");
        assertThat(log()).hasContent("three\n");
    }

    @Test
    void aRotationThatFailsLosesNoLine() throws IOException {
        Files.createDirectories(old(1).resolve("in the way"));
        try (RotatingFile file = new RotatingFile(log(), 4, 1)) {
            write(file, "one\ntwo\nthree and more\nfour\n");
        }

        assertThat(log()).hasContent("one\ntwo\nthree and more\nfour\n");
    }

    @Test
    void aFolderThatIsNotThereIsSaid() {
        assertThatThrownBy(() -> new RotatingFile(folder.resolve("no/access.log"), 0, 0))
                .isInstanceOf(IOException.class);
    }

    private Path log() {
        return folder.resolve("access.log");
    }

    private Path old(int number) {
        return folder.resolve("access.log." + number);
    }

    private static void write(RotatingFile file, String lines) throws IOException {
        byte[] bytes = lines.getBytes(StandardCharsets.US_ASCII);
        file.write(bytes, bytes.length);
    }
}
