package dev.slb.source;

import dev.slb.api.Listener;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** What stays and what goes when files have changed and settled; see {@link HalfWrittenFilesTest} for the time before. */
class ManifestLoaderTest {

    @TempDir
    Path parent;

    private Path folder;
    private Path file;
    private ManifestLoader loader;
    private long nanos;

    @BeforeEach
    void start() throws IOException {
        folder = Files.createDirectory(parent.resolve("manifests"));
        file = folder.resolve("a.yaml");
        loader = new ManifestLoader(List.of(folder), () -> nanos);
    }

    @Test
    void whileAFileIsNoYamlItsObjectsStay() throws IOException {
        write(listener("a", 80) + listener("b", 81));
        load();

        write(listener("a", 82) + "---\napiVersion: [");
        ManifestSet broken = load();

        assertThat(ports(broken)).as("the good document counts").containsExactly("a 82", "b 81");
        assertThat(broken.problems()).hasSize(1);

        write(listener("a", 82));
        ManifestSet mended = load();

        assertThat(ports(mended)).containsExactly("a 82");
        assertThat(mended.problems()).isEmpty();
    }

    @Test
    void aRefusedChangeLeavesTheObjectAsItWas() throws IOException {
        write(listener("a", 80) + listener("b", 81));
        load();

        write(listener("a", 70000) + listener("b", 82));
        ManifestSet set = load();

        assertThat(ports(set)).containsExactly("a 80", "b 82");
        assertThat(set.problems()).extracting(Problem::field).containsExactly("spec.port");
    }

    @Test
    void whatIsImmutableStaysUntilTheObjectWasGone() throws IOException {
        write(listener("a", 80));
        load();

        write(listener("a", 80).replace("name: shop", "name: other"));
        ManifestSet refused = load();

        assertThat(refused.objects(Listener.class)
                        .get(0)
                        .getSpec()
                        .loadBalancerRef()
                        .name())
                .isEqualTo("shop");
        assertThat(refused.problems())
                .extracting(Problem::message)
                .containsExactly("loadBalancerRef is immutable: delete the object and create it again");

        Files.delete(file);
        assertThat(load().objects()).isEmpty();
        write(listener("a", 80).replace("name: shop", "name: other"));
        ManifestSet created = load();

        assertThat(created.objects(Listener.class)
                        .get(0)
                        .getSpec()
                        .loadBalancerRef()
                        .name())
                .isEqualTo("other");
        assertThat(created.problems()).isEmpty();
    }

    @Test
    void anObjectThatWasNeverGoodIsNotThere() throws IOException {
        write(listener("a", 70000));

        assertThat(load().objects()).isEmpty();
    }

    @Test
    void removedFilesAndDocumentsTakeTheirObjectsWithThem() throws IOException {
        write(listener("a", 80) + listener("b", 81));
        Files.writeString(folder.resolve("c.yaml"), listener("c", 82));
        load();

        write(listener("b", 81));
        Files.delete(folder.resolve("c.yaml"));

        assertThat(ports(load())).containsExactly("b 81");
    }

    @Test
    void anEmptiedFileIsTakenForOneThatIsBeingWritten() throws IOException {
        write(listener("a", 80));
        load();

        write("");
        ManifestSet set = load();

        assertThat(ports(set)).containsExactly("a 80");
        assertThat(set.problems()).hasSize(1);

        Files.delete(file);
        assertThat(load().objects()).isEmpty();
    }

    @Test
    void aFolderThatIsNotThereForAWhileLosesNothing() throws IOException {
        write(listener("a", 80));
        load();

        Files.move(folder, parent.resolve("away"));
        ManifestSet away = load();

        assertThat(ports(away)).containsExactly("a 80");
        assertThat(away.problems()).hasSize(1);

        Files.move(parent.resolve("away"), folder);
        assertThat(load().problems()).isEmpty();
    }

    @Test
    void aKustomizationThatIsNoYamlLosesNothing() throws IOException {
        write(listener("a", 80));
        Files.writeString(folder.resolve("kustomization.yaml"), "resources: [a.yaml]");
        load();

        Files.writeString(folder.resolve("kustomization.yaml"), "resources: [a.yaml");
        ManifestSet set = load();

        assertThat(ports(set)).containsExactly("a 80");
        assertThat(set.problems()).hasSize(1);
    }

    @Test
    void anObjectMayMoveToAnotherFile() throws IOException {
        write(listener("a", 80));
        load();

        Files.delete(file);
        Files.writeString(folder.resolve("b.yaml"), listener("a", 80));
        ManifestSet set = load();

        assertThat(ports(set)).containsExactly("a 80");
        assertThat(set.problems()).isEmpty();
    }

    @Test
    void theGenerationGrowsWithTheSpecOnly() throws IOException {
        write(listener("a", 80));
        load();

        write("# a comment\n" + listener("a", 80).replace("name: a", "name: a, labels: {x: y}"));
        assertThat(generation(load())).isEqualTo(1);

        write(listener("a", 81));
        assertThat(generation(load())).isEqualTo(2);
    }

    @Test
    void equalFilesGiveEqualSets() throws IOException {
        write(listener("a", 80) + listener("b", 70000));
        ManifestSet before = load();

        assertThat(load()).isEqualTo(before);
        write(listener("a", 81) + listener("b", 70000));
        assertThat(load()).isNotEqualTo(before);
    }

    private ManifestSet load() {
        loader.load(loader.list());
        nanos += SettledTexts.SETTLE.toNanos();
        return loader.load(loader.list());
    }

    private void write(String text) throws IOException {
        Files.writeString(file, text);
    }

    private static String listener(String name, int port) {
        return """
                ---
                apiVersion: slb.dev/v1alpha1
                kind: Listener
                metadata: {name: %s}
                spec: {loadBalancerRef: {name: shop}, protocol: TCP, port: %d, backendPort: 8080}
                """.formatted(name, port);
    }

    private static List<String> ports(ManifestSet set) {
        return set.objects(Listener.class).stream()
                .map(listener -> listener.getMetadata().getName() + " "
                        + listener.getSpec().port())
                .toList();
    }

    private static long generation(ManifestSet set) {
        return set.objects(Listener.class).get(0).getMetadata().getGeneration();
    }
}
