package dev.slb.source;

import dev.slb.api.Listener;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class ManifestWatcherTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** So long that only notifications can be in time. */
    private static final Duration NEVER = Duration.ofHours(1);

    private static final Duration OFTEN = Duration.ofMillis(50);

    private final List<ManifestSet> sets = new CopyOnWriteArrayList<>();

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void start() throws IOException {
        file = folder.resolve("a.yaml");
        Files.writeString(file, listener(80));
    }

    @Test
    void theFirstSetComesAtOnce() {
        try (ManifestWatcher watcher = watch(folder, NEVER)) {
            assertThat(watcher).isNotNull();
            assertThat(sets).hasSize(1);
            assertThat(ports()).containsExactly(80);
        }
    }

    @Test
    void aFileThatIsWrittenIsNoticed() throws IOException {
        try (ManifestWatcher watcher = watch(folder, NEVER)) {
            Files.writeString(file, listener(81));

            awaitPorts(81);
        }
    }

    @Test
    void aFileThatReplacesAnotherByRenameIsNoticed() throws IOException {
        try (ManifestWatcher watcher = watch(file, NEVER)) {
            replace(listener(81));

            awaitPorts(81);
        }
    }

    @Test
    void aMountedConfigMapIsFollowedFromVersionToVersion() throws IOException {
        Path mount = Files.createDirectory(folder.resolve("mount"));
        version(mount, "..1", 80);
        Files.createSymbolicLink(mount.resolve("..data"), Path.of("..1"));
        Files.createSymbolicLink(mount.resolve("a.yaml"), Path.of("..data", "a.yaml"));
        try (ManifestWatcher watcher = watch(mount, NEVER)) {
            assertThat(ports()).containsExactly(80);

            version(mount, "..2", 81);
            Files.createSymbolicLink(mount.resolve("..data_tmp"), Path.of("..2"));
            Files.move(mount.resolve("..data_tmp"), mount.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
            Files.delete(mount.resolve("..1/a.yaml"));

            awaitPorts(81);
        }
    }

    /** The content changes by a way that nobody is told of, so that only reading again shows it. */
    @Test
    void whatHappensToOtherFilesOfTheFolderIsNoReasonToReadAgain(@TempDir Path elsewhere) throws IOException {
        try (ManifestWatcher watcher = watch(folder, NEVER)) {
            FileTime time = Files.getLastModifiedTime(file);
            Path link = Files.createLink(elsewhere.resolve("link"), file);
            Files.writeString(link, listener(81));
            Files.setLastModifiedTime(link, time);

            Files.writeString(folder.resolve("access.log"), "GET /");
            await().during(Duration.ofMillis(500)).atMost(PATIENCE).until(() -> sets.size() == 1);

            Files.setLastModifiedTime(file, time);
            awaitPorts(81);
        }
    }

    @Test
    void filesInNewFoldersAreNoticed() throws IOException {
        try (ManifestWatcher watcher = watch(folder, OFTEN)) {
            Path deep = Files.createDirectories(folder.resolve("deep/er"));
            Files.writeString(deep.resolve("b.yaml"), listener(81).replace("name: web", "name: web2"));

            awaitPorts(80, 81);
        }
    }

    @Test
    void whatNotificationsDoNotSayIsSeenByLooking() throws IOException {
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Path link = folder.resolve("link");
        Files.writeString(elsewhere.resolve("a.yaml"), listener(80));
        Files.createSymbolicLink(link, elsewhere);
        Path moved = Files.createDirectory(folder.resolve("moved"));
        Files.writeString(moved.resolve("a.yaml"), listener(81));
        try (ManifestWatcher watcher = watch(link, OFTEN)) {
            // The folder that is watched stays as it is; the link leads to another one.
            Files.delete(link);
            Files.createSymbolicLink(link, moved);

            awaitPorts(81);
        }
    }

    /** The clock stands, so that nothing settles. */
    @Test
    void aKustomizationThatIsWholeCountsAtOnce() throws IOException {
        Path kustomization = folder.resolve("kustomization.yaml");
        Files.writeString(folder.resolve("b.yaml"), listener(81).replace("name: web", "name: web2"));
        Files.writeString(kustomization, "namespace: one\nresources:\n- b.yaml\n- a.yaml\n");
        try (ManifestWatcher watcher = ManifestWatcher.start(List.of(folder), sets::add, NEVER, () -> 0)) {
            Files.writeString(kustomization, "namespace: two\nresources:\n- b.yaml\n- a.yaml\n");

            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(last().objects(Listener.class))
                            .extracting(listener -> listener.getMetadata().getNamespace())
                            .containsExactly("two", "two"));
        }
    }

    @Test
    void aBrokenFileIsReportedAndItsObjectsStay() throws IOException {
        try (ManifestWatcher watcher = watch(folder, NEVER)) {
            Files.writeString(file, "kind: [");

            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(last().problems()).hasSize(1));
            assertThat(ports()).containsExactly(80);
        }
    }

    @Test
    void aChangeThatChangesNothingIsNotHandedOn() throws IOException {
        try (ManifestWatcher watcher = watch(folder, NEVER)) {
            replace("# a comment\n" + listener(80));
            Files.writeString(folder.resolve("note.txt"), "nothing");
            replace(listener(81));

            awaitPorts(81);
            assertThat(sets).hasSize(2);
        }
    }

    @Test
    void aListenerThatFailsGetsTheNextChangeAllTheSame() throws IOException {
        try (ManifestWatcher watcher = ManifestWatcher.start(
                List.of(folder),
                set -> {
                    sets.add(set);
                    if (sets.size() == 2) {
                        throw new IllegalStateException("a test's failure");
                    }
                },
                NEVER)) {
            Files.writeString(file, listener(81));
            awaitPorts(81);
            Files.writeString(file, listener(82));

            awaitPorts(82);
        }
    }

    @Test
    void afterClosingNothingComes() throws IOException {
        ManifestWatcher watcher = watch(folder, OFTEN);
        watcher.close();
        Files.writeString(file, listener(81));

        await().during(Duration.ofMillis(300)).atMost(PATIENCE).until(() -> sets.size() == 1);
    }

    /** As editors do, so that the file is never seen half written. */
    private void replace(String text) throws IOException {
        Path swap = folder.resolve(".a.yaml.swp");
        Files.writeString(swap, text);
        Files.move(swap, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private ManifestWatcher watch(Path path, Duration poll) {
        return ManifestWatcher.start(List.of(path), sets::add, poll);
    }

    private void awaitPorts(Integer... ports) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(ports()).containsExactly(ports));
    }

    private ManifestSet last() {
        return sets.get(sets.size() - 1);
    }

    private List<Integer> ports() {
        return last().objects(Listener.class).stream()
                .map(listener -> listener.getSpec().port())
                .toList();
    }

    private static void version(Path mount, String name, int port) throws IOException {
        Path version = Files.createDirectory(mount.resolve(name));
        Files.writeString(version.resolve("a.yaml"), listener(port));
    }

    private static String listener(int port) {
        return """
                apiVersion: slb.dev/v1alpha1
                kind: Listener
                metadata: {name: web}
                spec: {loadBalancerRef: {name: shop}, protocol: TCP, port: %d, backendPort: 8080}
                """.formatted(port);
    }
}
