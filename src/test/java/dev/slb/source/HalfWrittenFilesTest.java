package dev.slb.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slb.api.ApiMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;

/** Whoever reads a file while it is being written must not take its beginning for the whole. */
class HalfWrittenFilesTest {

    private static final ObjectMapper JSON = ApiMapper.json();

    private static final String SHOP = """
            apiVersion: slb.dev/v1alpha1
            kind: LoadBalancer
            metadata: {name: shop}
            spec: {}
            """;

    private static final String GROUP = """
            ---
            apiVersion: slb.dev/v1alpha1
            kind: VServerGroup
            metadata: {name: web}
            spec:
              loadBalancerRef: {name: shop}
              servers:
              - {name: one, address: 192.0.2.1, port: 9001, weight: 1}
              - {name: two, address: 192.0.2.2, port: 9001, weight: 100}
            """;

    private static final String LISTENER = """
            ---
            apiVersion: slb.dev/v1alpha1
            kind: Listener
            metadata: {name: web}
            spec:
              loadBalancerRef: {name: shop}
              protocol: HTTP
              serverGroupRef: {kind: VServerGroup, name: web}
              port: 8080
            """;

    private static final String WHOLE = SHOP + GROUP + LISTENER;

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
        Files.writeString(file, WHOLE);
        loader = new ManifestLoader(List.of(folder), () -> nanos);
        assertThat(load()).hasSize(3);
    }

    private Map<ObjectKey, JsonNode> load() {
        Map<ObjectKey, JsonNode> specs = new TreeMap<>();
        for (HasMetadata object : loader.load(loader.list()).objects()) {
            specs.put(ObjectKey.of(object), JSON.valueToTree(object).path("spec"));
        }
        return specs;
    }

    private Map<ObjectKey, JsonNode> alone(String text) throws IOException {
        Path other = Files.writeString(parent.resolve("alone.yaml"), text);
        Map<ObjectKey, JsonNode> specs = new TreeMap<>();
        for (HasMetadata object : Manifests.read(List.of(other)).objects()) {
            specs.put(ObjectKey.of(object), JSON.valueToTree(object).path("spec"));
        }
        return specs;
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "# generated\n", "---\n# generated\n---\n"})
    void blanksAndCommentsAreAnEmptyFileWhichIsBeingWritten(String beginning) throws IOException {
        Map<ObjectKey, JsonNode> before = load();

        Files.writeString(file, beginning);

        assertThat(load()).isEqualTo(before);
    }

    @Test
    void theBeginningOfAFileTakesNothingAway() throws IOException {
        Map<ObjectKey, JsonNode> before = load();
        for (int length = 0; length <= WHOLE.length(); length++) {
            Files.writeString(file, WHOLE.substring(0, length));

            assertThat(load()).as("%d characters are written", length).isEqualTo(before);
        }
    }

    @Test
    void aMissingServerAtTheEndIsNotYetGone() throws IOException {
        Map<ObjectKey, JsonNode> before = load();

        Files.writeString(file, SHOP + LISTENER + GROUP.substring(0, GROUP.indexOf("  - {name: two")));

        assertThat(load()).isEqualTo(before);
    }

    @Test
    void theBeginningOfANewFileIsNotServed() throws IOException {
        Map<ObjectKey, JsonNode> before = load();
        String listener = LISTENER.replace("name: web}\nspec", "name: new}\nspec")
                        .replace("8080", "8081") + "  accessControl: {policy: Allow, cidrs: [192.0.2.0/24]}\n";
        for (int length = 0; length < listener.length(); length++) {
            Files.writeString(folder.resolve("b.yaml"), listener.substring(0, length));

            assertThat(load()).as("%d characters are written", length).isEqualTo(before);
        }
    }

    @Test
    void aFileThatIsReplacedInSeveralStepsIsNeverGone() throws IOException {
        Map<ObjectKey, JsonNode> before = load();
        String changed = WHOLE.replace("port: 8080", "port: 8081");

        Path backup = folder.resolve("a.yaml~");
        Files.move(file, backup);
        assertThat(load()).as("renamed aside, as vim does").isEqualTo(before);
        Files.writeString(file, "", StandardOpenOption.CREATE_NEW);
        assertThat(load()).isEqualTo(before);
        Files.writeString(file, changed);
        assertThat(load()).isEqualTo(alone(changed));
        Files.delete(backup);

        Files.delete(file);
        assertThat(load()).as("deleted, as git does").isEqualTo(alone(changed));
        Files.writeString(file, WHOLE);
        assertThat(load()).isEqualTo(before);
    }

    @Test
    void whatHasNotChangedForAWhileCounts() throws IOException {
        Map<ObjectKey, JsonNode> before = load();
        String less = SHOP + GROUP.substring(0, GROUP.indexOf("  - {name: two"));
        Files.writeString(file, less);
        assertThat(load()).isEqualTo(before);

        nanos += SettledTexts.SETTLE.toNanos() - 1;
        assertThat(load()).isEqualTo(before);
        assertThat(loader.nextTurn()).contains(Duration.ofNanos(1));

        nanos += 1;
        assertThat(load()).isEqualTo(alone(less));
        assertThat(loader.nextTurn()).isEmpty();

        Files.delete(file);
        assertThat(load()).isEqualTo(alone(less));
        nanos += SettledTexts.SETTLE.toNanos();
        assertThat(load()).isEmpty();
    }

    @Test
    void aNewFileCountsWhenItHasNotChangedForAWhile() throws IOException {
        String next = LISTENER.replace("name: web}\nspec", "name: new}\nspec").replace("8080", "8081");
        Files.writeString(folder.resolve("b.yaml"), next);
        load();
        nanos += SettledTexts.SETTLE.toNanos();
        assertThat(load()).hasSize(4);

        Files.writeString(
                folder.resolve("c.yaml"), next.replace("name: new", "name: c").replace("8081", "8082") + "---\n");
        assertThat(load()).as("it says itself where it ends").hasSize(5);
        Files.writeString(folder.resolve("d.json"), """
                {"apiVersion": "slb.dev/v1alpha1", "kind": "LoadBalancer", "metadata": {"name": "d"}, "spec": {}}""");
        assertThat(load()).as("JSON does").hasSize(6);
    }

    @Test
    void whatMovesFromFileToFileIsNeverInNoneHoweverLongTheSecondOneTakes() throws IOException {
        Map<ObjectKey, JsonNode> before = load();
        Files.writeString(file, SHOP + GROUP);
        load();

        nanos += SettledTexts.SETTLE.toNanos() - 1;
        Files.writeString(folder.resolve("b.yaml"), LISTENER.substring(0, LISTENER.length() - 3));
        assertThat(load()).isEqualTo(before);
        nanos += SettledTexts.SETTLE.toNanos() - 1;
        Files.writeString(folder.resolve("b.yaml"), LISTENER);
        assertThat(load()).isEqualTo(before);
        nanos += SettledTexts.SETTLE.toNanos();
        assertThat(load()).isEqualTo(before);
        assertThat(loader.nextTurn()).isEmpty();
    }

    @Test
    void aWholeEditWaitsForAnotherFileThatIsBeingWritten() throws IOException {
        Map<ObjectKey, JsonNode> before = load();
        Path other = folder.resolve("b.yaml");
        String group = GROUP.replace("name: web}\nspec", "name: renamed}\nspec");
        Files.writeString(other, group.substring(0, group.length() - 30));
        Files.writeString(file, WHOLE.replace("name: web}\n  port", "name: renamed}\n  port"));
        assertThat(load()).isEqualTo(before);

        Files.writeString(other, group + "---\n");
        assertThat(load()).as("both at once").hasSize(4).isNotEqualTo(before);
    }

    /** Its file is saved first, and those of the listeners a while later, as a person does. */
    @Test
    void aGroupThatIsRenamedAndTheListenersThatFollowItComeTogether() throws IOException {
        Path first = folder.resolve("b.yaml");
        Path second = folder.resolve("c.yaml");
        String other =
                LISTENER.replace("name: web}\nspec", "name: other}\nspec").replace("8080", "8081");
        Files.writeString(file, SHOP + GROUP);
        Files.writeString(first, LISTENER);
        Files.writeString(second, other);
        loader = new ManifestLoader(List.of(folder), () -> nanos);
        Map<ObjectKey, JsonNode> before = load();
        assertThat(before).hasSize(4);

        Files.writeString(file, SHOP + renamed(GROUP));
        assertThat(load()).isEqualTo(before);
        nanos += SettledTexts.SETTLE.toNanos() - 1;
        Files.writeString(first, renamed(LISTENER));
        assertThat(load()).isEqualTo(before);
        nanos += SettledTexts.SETTLE.toNanos() - 1;
        assertThat(load()).as("the second listener has no group yet").isEqualTo(before);
        Files.writeString(second, renamed(other));
        assertThat(load()).isEqualTo(before);
        nanos += SettledTexts.SETTLE.toNanos();

        assertThat(load()).isEqualTo(alone(renamed(SHOP + GROUP + LISTENER + other)));
    }

    /** JSON says itself where it ends: the file is whole, but the edit is not. */
    @Test
    void whatDisappearsFromAFileThatIsWholeWaitsForOtherFiles() throws IOException {
        Path group = folder.resolve("group.json");
        String json = """
                {"apiVersion": "slb.dev/v1alpha1", "kind": "VServerGroup", "metadata": {"name": "web"},
                 "spec": {"loadBalancerRef": {"name": "shop"}, "servers": []}}
                """;
        Files.writeString(file, SHOP + LISTENER);
        Files.writeString(group, json);
        loader = new ManifestLoader(List.of(folder), () -> nanos);
        Map<ObjectKey, JsonNode> before = load();
        assertThat(before).hasSize(3);

        Files.writeString(group, json.replace("web", "shop-web"));
        assertThat(load()).isEqualTo(before);
        Files.writeString(file, SHOP + renamed(LISTENER));
        assertThat(load()).isEqualTo(before);
        nanos += SettledTexts.SETTLE.toNanos();
        assertThat(load()).hasSize(3).isNotEqualTo(before);
    }

    private static String renamed(String text) {
        return text.replace(
                        "kind: VServerGroup\nmetadata: {name: web}", "kind: VServerGroup\nmetadata: {name: shop-web}")
                .replace("VServerGroup, name: web", "VServerGroup, name: shop-web");
    }

    /** It is written beside another file, and takes its place. */
    @Test
    void aFileThatWasThereForAMomentIsForgotten() throws IOException {
        Map<ObjectKey, JsonNode> before = load();
        Path temporary = folder.resolve("tmp1.yaml");
        String next = LISTENER.replace("name: web}\nspec", "name: new}\nspec").replace("8080", "8081");

        Files.writeString(temporary, next);
        assertThat(load()).isEqualTo(before);
        Files.delete(temporary);
        assertThat(load()).isEqualTo(before);
        assertThat(loader.nextTurn()).as("nobody waits for it").isEmpty();
        nanos += SettledTexts.SETTLE.toNanos();
        assertThat(load()).isEqualTo(before);

        Files.writeString(temporary, next);
        assertThat(load()).as("as new as it was").isEqualTo(before);
    }

    /** Of a character that is more than one byte only the first is written. */
    @Test
    void aFileThatCanNotBeReadIsBeingWritten() throws IOException {
        Map<ObjectKey, JsonNode> before = load();
        Path other = folder.resolve("b.yaml");
        String next = LISTENER.replace("name: web}\nspec", "name: new}\nspec").replace("8080", "8081");
        byte[] broken = {'#', ' ', (byte) 0xc3};

        Files.writeString(other, next);
        assertThat(load()).isEqualTo(before);
        nanos += SettledTexts.SETTLE.toNanos() - 1;
        Files.write(other, broken);
        Files.writeString(file, WHOLE.replace("8080", "8082"));
        nanos += 1;
        assertThat(load())
                .as("neither what it was, nor the edit of another file")
                .isEqualTo(before);
        nanos += SettledTexts.SETTLE.toNanos();
        assertThat(load()).as("the other file does not wait for ever").isEqualTo(alone(WHOLE.replace("8080", "8082")));
        assertThat(loader.nextTurn()).isEmpty();

        Files.writeString(other, next);
        load();
        nanos += SettledTexts.SETTLE.toNanos();
        assertThat(load()).hasSize(4);
    }

    @Test
    void aFileThatChangesAllTheTimeHoldsUpOthersForAWhileOnly() throws IOException {
        Map<ObjectKey, JsonNode> before = load();
        Path endless = folder.resolve("endless.yaml");
        Files.writeString(file, WHOLE.replace("8080", "8081"));
        long end = nanos + SettledTexts.PATIENCE.toNanos();
        for (int i = 0; nanos < end; i++) {
            Files.writeString(endless, "# line " + i + "\nkind: a");
            assertThat(load()).isEqualTo(before);
            nanos += Duration.ofSeconds(1).toNanos();
        }
        Files.writeString(endless, "# the last line\nkind: a");

        assertThat(load()).isEqualTo(alone(WHOLE.replace("8080", "8081")));
    }

    @Test
    void anEmptiedFileKeepsItsObjectsForGoodAndSaysSo() throws IOException {
        Map<ObjectKey, JsonNode> before = load();
        Files.writeString(file, "# a full disk\n");
        assertThat(load()).isEqualTo(before);

        nanos += SettledTexts.PATIENCE.toNanos();
        ManifestSet set = loader.load(loader.list());

        assertThat(load()).isEqualTo(before);
        assertThat(set.problems())
                .extracting(Problem::message)
                .hasSize(1)
                .first()
                .asString()
                .startsWith("is empty");
    }

    @Test
    void anEditThatIsWholeCountsAtOnce() throws IOException {
        String more = WHOLE.replace("weight: 100}", "weight: 50}").replace("8080", "8081");
        Files.writeString(file, more);
        assertThat(load()).as("written in place").isEqualTo(alone(more));

        Path aside = Files.writeString(folder.resolve(".a.yaml.swp"), WHOLE);
        Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        assertThat(load()).as("renamed over").isEqualTo(alone(WHOLE));

        String inserted = SHOP
                + LISTENER.replace("name: web}\nspec", "name: new}\nspec").replace("8080", "8081")
                + GROUP
                + LISTENER;
        Files.writeString(file, inserted);
        assertThat(load()).as("an object before the last").isEqualTo(alone(inserted));
    }

    @Test
    void anObjectThatMovesToAnotherFileIsNeverGone() throws IOException {
        Map<ObjectKey, JsonNode> before = load();
        Path other = folder.resolve("0.yaml");

        Files.writeString(file, SHOP + GROUP);
        assertThat(load()).isEqualTo(before);
        Files.writeString(other, LISTENER.substring(0, LISTENER.length() / 2));
        assertThat(load()).isEqualTo(before);
        Files.writeString(other, LISTENER);
        assertThat(load()).isEqualTo(before);
    }

    @Test
    void ofAnObjectThatIsThereTwiceTheOneThatIsServedCounts() throws IOException {
        Map<ObjectKey, JsonNode> before = load();

        Files.writeString(folder.resolve("0.yaml"), LISTENER.replace("8080", "8081") + "---\n");

        assertThat(load()).isEqualTo(before);
    }

    @Test
    void aHalfWrittenKustomizationTakesNothingAway() throws IOException {
        Path kustomization = folder.resolve("kustomization.yaml");
        Files.writeString(folder.resolve("b.yaml"), LISTENER.replace("8080", "8081"));
        Files.writeString(file, SHOP + GROUP);
        String text = "namespace: shopping\nresources:\n- a.yaml\n- b.yaml\n";
        Files.writeString(kustomization, text);
        loader = new ManifestLoader(List.of(folder), () -> nanos);
        Map<ObjectKey, JsonNode> before = load();
        assertThat(before).hasSize(3);

        for (int length = 0; length <= text.length(); length++) {
            Files.writeString(kustomization, text.substring(0, length));
            assertThat(load()).as("%d characters are written", length).isEqualTo(before);
        }
        Files.delete(kustomization);
        assertThat(load()).as("deleted, as git does").isEqualTo(before);
    }

    @Test
    void aNewKustomizationIsNoProblemBeforeItCounts() throws IOException {
        Map<ObjectKey, JsonNode> before = load();
        Path kustomization = folder.resolve("kustomization.yaml");
        Files.writeString(folder.resolve("b.yaml"), LISTENER.replace("name: web}\nspec", "name: new}\nspec") + "---\n");
        assertThat(load()).hasSize(4);

        Files.writeString(kustomization, "resources:\n- a.yaml\n");
        ManifestSet waiting = loader.load(loader.list());

        assertThat(waiting.objects()).hasSize(4);
        assertThat(waiting.problems()).isEmpty();
        for (int i = 0; i < 2; i++) { // it counts, and then what it leaves out is gone
            nanos += SettledTexts.SETTLE.toNanos();
            load();
        }
        assertThat(load()).isEqualTo(before);
    }

    @Test
    void aKustomizationThatCanNotBeReadIsNotGone() throws IOException {
        Path sub = Files.createDirectory(folder.resolve("sub"));
        Path kustomization = sub.resolve("kustomization.yaml");
        Files.writeString(sub.resolve("b.yaml"), LISTENER.replace("name: web}\nspec", "name: new}\nspec"));
        Files.writeString(kustomization, "resources: []\n");
        loader = new ManifestLoader(List.of(folder), () -> nanos);
        Map<ObjectKey, JsonNode> before = load();
        assertThat(before).hasSize(3);

        Files.delete(kustomization);
        Files.createSymbolicLink(kustomization, Path.of("kustomization.yaml")); // it leads to itself
        for (int i = 0; i < 3; i++) { // it would be gone, and then what it leaves out would be new
            assertThat(load()).isEqualTo(before);
            nanos += SettledTexts.SETTLE.toNanos();
        }

        assertThat(loader.load(loader.list()).problems()).hasSize(1);
    }

    @Test
    void anEmptyFolderInPlaceOfAnotherTakesNothingAway() throws IOException {
        Map<ObjectKey, JsonNode> before = load();

        Files.move(folder, parent.resolve("away"));
        Files.createDirectory(folder);

        assertThat(load()).isEqualTo(before);
    }

    /**
     * Whatever part of the file is there, each object has all that it had before, with values of before or of what it will be,
     * and a new one is as it will be.
     */
    @Test
    void noObjectIsEverTruncatedWhateverIsWritten() throws IOException {
        long seed = 20261129;
        Random random = new Random(seed);
        String text = manifests(random, List.of("a", "b", "c", "d"));
        Files.writeString(file, text);
        loader = new ManifestLoader(List.of(folder), () -> nanos);
        load();
        for (int round = 0; round < 4; round++) {
            List<String> names = new ArrayList<>(List.of("a", "b", "c", "d", "e"));
            Collections.shuffle(names, random);
            String next = manifests(random, names.subList(0, 3 + random.nextInt(3)));
            Map<ObjectKey, JsonNode> old = load();
            Map<ObjectKey, JsonNode> then = alone(next);
            byte[] bytes = next.getBytes(StandardCharsets.UTF_8);
            for (int length = 0; length < bytes.length; length += 1 + random.nextInt(3)) {
                Files.write(file, Arrays.copyOf(bytes, length));
                Map<ObjectKey, JsonNode> now = load();
                String where = "seed " + seed + ", round " + round + ", " + length + " bytes of\n" + next;
                assertThat(now.keySet()).as(where).containsAll(old.keySet());
                now.forEach((key, spec) -> assertWhole(spec, old.get(key), then.get(key), key + ", " + where));
            }
        }
    }

    private static void assertWhole(JsonNode now, JsonNode old, JsonNode then, String where) {
        if (now.equals(then)) {
            return;
        }
        assertThat(old).as(where).isNotNull();
        Map<String, JsonNode> values = values(now);
        Map<String, JsonNode> before = values(old);
        Map<String, JsonNode> after = then == null ? before : values(then);
        assertThat(values.keySet()).as(where).containsAll(before.keySet());
        values.forEach(
                (path, value) -> assertThat(value).as(path + ", " + where).isIn(before.get(path), after.get(path)));
    }

    private static Map<String, JsonNode> values(JsonNode spec) {
        Map<String, JsonNode> values = new TreeMap<>();
        spec.fields().forEachRemaining(field -> values.put(field.getKey(), field.getValue()));
        values.remove("rules");
        spec.path("rules")
                .forEach(rule -> values.put("rule " + rule.path("name").asText(), rule));
        return values;
    }

    /** Listeners with a few rules each, whose fields come in one order, as they are edited by hand or by a template. */
    private static String manifests(Random random, List<String> names) {
        StringBuilder text = new StringBuilder();
        for (String name : names) {
            text.append("""
                    ---
                    apiVersion: slb.dev/v1alpha1
                    kind: Listener
                    metadata: {name: %s}
                    spec:
                      loadBalancerRef: {name: shop}
                      protocol: HTTP
                      port: %d
                      backendPort: %d
                      rules:
                    """.formatted(name, 1 + random.nextInt(60_000), 1 + random.nextInt(60_000)));
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                text.append(
                        """
                          - name: r%d
                            host: h%d.example.com
                            path: /%s
                            serverGroupRef: {name: g%d}
                        """.formatted(i, random.nextInt(1000), "p".repeat(1 + random.nextInt(5)), random.nextInt(100)));
            }
        }
        return text.toString();
    }
}
