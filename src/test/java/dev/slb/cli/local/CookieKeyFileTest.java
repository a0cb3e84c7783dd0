package dev.slb.cli.local;

import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

class CookieKeyFileTest {

    private static final ObjectId SHOP = Kinds.LOAD_BALANCER.id("shop", "shop");
    private static final ObjectId OTHER = Kinds.LOAD_BALANCER.id("shop", "other");

    @TempDir
    private Path folder;

    @Test
    void theSecretIsMadeOnceForItsOwnerAlone() throws IOException {
        Path state = folder.resolve("a/state");

        assertThat(CookieKeyFile.keptIn(state).apply(SHOP))
                .isPresent()
                .isEqualTo(CookieKeyFile.keptIn(state).apply(SHOP))
                .isNotEqualTo(CookieKeyFile.keptIn(state).apply(OTHER));
        try (Stream<Path> files = Files.list(state)) {
            assertThat(files).containsExactly(state.resolve("cookie-key"));
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state.resolve("cookie-key"))))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state)))
                .isEqualTo("rwx------");
    }

    @Test
    void aKeyHas32Bytes() {
        assertThat(Base64.getDecoder()
                        .decode(CookieKeyFile.keptIn(folder)
                                .apply(SHOP)
                                .orElseThrow()
                                .text()))
                .hasSize(32);
    }

    @Test
    void nothingIsMadeBeforeItIsNeeded() {
        CookieKeyFile.keptIn(folder.resolve("state"));

        assertThat(folder.resolve("state")).doesNotExist();
    }

    @Test
    void aDamagedFileIsNotOverwritten() throws IOException {
        Files.writeString(folder.resolve("cookie-key"), "c2hvcnQ=");

        assertThat(CookieKeyFile.keptIn(folder).apply(SHOP)).isEmpty();
        assertThat(folder.resolve("cookie-key")).hasContent("c2hvcnQ=");
    }
}
