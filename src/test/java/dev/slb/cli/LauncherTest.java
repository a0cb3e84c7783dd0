package dev.slb.cli;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** The script {@code slb}, with a java and a mvn that only say how they were called. */
class LauncherTest {

    private static final List<String> TOOLS = List.of(
            "sh",
            "cat",
            "cp",
            "date",
            "dirname",
            "find",
            "flock",
            "head",
            "kill",
            "mkdir",
            "readlink",
            "sed",
            "sleep",
            "tail",
            "touch",
            "tr");

    @TempDir
    private Path folder;

    private Path home;
    private Path bin;
    private final Map<String, String> environment = new TreeMap<>();

    private record Outcome(int exitCode, String out, String err) {}

    @BeforeEach
    void install() throws IOException {
        home = Files.createDirectory(folder.resolve("home"));
        bin = Files.createDirectory(folder.resolve("bin"));
        Files.copy(Path.of("slb"), home.resolve("slb"));
        Files.writeString(home.resolve("slb.jar"), "");
        executable(home.resolve("slb"));
        for (String tool : TOOLS) {
            for (String place : List.of("/usr/bin", "/bin")) {
                Path real = Path.of(place, tool);
                if (Files.exists(real) && !Files.exists(bin.resolve(tool))) {
                    executable(Files.writeString(bin.resolve(tool), "#!/bin/sh\nexec " + real + " \"$@\"\n"));
                }
            }
        }
        environment.put("PATH", bin.toString());
        environment.put("JAVA_HOME", jdk("jdk-17", "17.0.15").toString());
    }

    @Test
    void runsTheJarBesideItWithItsArguments() throws Exception {
        Outcome outcome = run(home.resolve("slb"), "validate", "-f", "a b.yaml");

        assertThat(outcome.exitCode).isEqualTo(7);
        assertThat(outcome.out.lines())
                .containsSequence("-jar", home.toRealPath() + "/slb.jar", "validate", "-f", "a b.yaml");
    }

    @Test
    void worksThroughSymbolicLinks() throws Exception {
        Path absolute = Files.createSymbolicLink(folder.resolve("absolute"), home.resolve("slb"));
        Path relative = Files.createSymbolicLink(folder.resolve("relative"), Path.of("absolute"));

        assertThat(run(relative, "--version").out.lines()).contains(home.toRealPath() + "/slb.jar");
        assertThat(run(absolute, "--version").out.lines()).contains(home.toRealPath() + "/slb.jar");
    }

    @Test
    void knowsWhichOptionsEachJdkUnderstands() throws Exception {
        assertThat(run(home.resolve("slb"), "run").out).doesNotContain("native-access", "sun-misc");

        environment.put("JAVA_HOME", jdk("jdk-22", "22.0.1").toString());
        assertThat(run(home.resolve("slb"), "run").out)
                .contains("--enable-native-access=ALL-UNNAMED")
                .doesNotContain("sun-misc");

        environment.put("JAVA_HOME", jdk("jdk-25", "25").toString());
        assertThat(run(home.resolve("slb"), "run").out)
                .contains("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");
    }

    @Test
    void takesGenerationalZgcForLargeHeapsOnly() throws Exception {
        environment.put("JAVA_HOME", jdk("jdk-21", "21.0.2").toString());
        environment.put("SLB_JAVA_OPTS", "-Xmx512m");
        assertThat(run(home.resolve("slb"), "forwarder").out)
                .doesNotContain("ZGC")
                .contains("-XX:+UseSerialGC", "-Dio.netty.leakDetection.level=disabled");
        assertThat(run(home.resolve("slb"), "operator").out).doesNotContain("GC");

        environment.put("SLB_JAVA_OPTS", "-Xmx12g");
        assertThat(run(home.resolve("slb"), "forwarder").out.lines())
                .contains("-XX:+UseZGC", "-XX:+ZGenerational", "-Xmx12g");

        environment.put("SLB_JAVA_OPTS", "-Xmx12g -XX:+UseG1GC");
        assertThat(run(home.resolve("slb"), "forwarder").out).doesNotContain("ZGC");
    }

    @Test
    void whatRunsForLongEndsWhenItIsOutOfMemory() throws Exception {
        for (String command : List.of("playground", "run", "operator", "forwarder", "echo")) {
            assertThat(run(home.resolve("slb"), command).out.lines()).contains("-XX:+ExitOnOutOfMemoryError");
        }
        assertThat(run(home.resolve("slb"), "validate").out).doesNotContain("OutOfMemory");

        environment.put("SLB_JAVA_OPTS", "-XX:-ExitOnOutOfMemoryError");
        assertThat(run(home.resolve("slb"), "run").out.lines())
                .containsSubsequence("-XX:+ExitOnOutOfMemoryError", "-XX:-ExitOnOutOfMemoryError");
    }

    @Test
    void passesOverAnOldJavaHome() throws Exception {
        environment.put("JAVA_HOME", jdk("jdk-11", "11.0.20").toString());
        Path newer = jdk("jdk-19", "19");
        Files.createSymbolicLink(bin.resolve("java"), newer.resolve("bin/java"));

        assertThat(run(home.resolve("slb")).out).contains("java of " + newer.toRealPath());
    }

    @Test
    void saysWhatIsMissing() throws Exception {
        Files.delete(home.resolve("slb.jar"));

        Outcome outcome = run(home.resolve("slb"));

        assertThat(outcome.exitCode).isEqualTo(2);
        assertThat(outcome.err).contains("slb.jar is missing");
    }

    @Test
    void buildsASourceTreeFirstAndAgainWhenASourceIsNewer() throws Exception {
        Path source = sourceTree();
        maven("mkdir -p \"$(dirname \"$2\")/target\"; touch \"$(dirname \"$2\")/target/slb.jar\"");

        Outcome first = run(home.resolve("slb"), "echo");
        assertThat(first.err).contains("building").contains("first start").contains("built in");
        assertThat(first.out).contains(home.toRealPath() + "/target/slb.jar");

        Outcome second = run(home.resolve("slb"), "echo");
        assertThat(second.err).doesNotContain("building");

        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(10)));
        assertThat(run(home.resolve("slb"), "echo").err).contains("sources changed");
    }

    @Test
    void showsTheOutputOfAFailedBuild() throws Exception {
        sourceTree();
        maven("echo 'cannot find symbol'; exit 3");

        Outcome outcome = run(home.resolve("slb"), "echo");

        assertThat(outcome.exitCode).isEqualTo(1);
        assertThat(outcome.err).contains("cannot find symbol").contains("the build failed");
        assertThat(outcome.out).isEmpty();
    }

    @Test
    void saysHowToInstallMaven() throws Exception {
        sourceTree();

        Outcome outcome = run(home.resolve("slb"), "echo");

        assertThat(outcome.exitCode).isEqualTo(2);
        assertThat(outcome.err)
                .contains("Maven (mvn) not found")
                .contains("apt-get install -y openjdk-17-jdk-headless maven");
    }

    private Path sourceTree() throws IOException {
        Files.delete(home.resolve("slb.jar"));
        Files.writeString(home.resolve("pom.xml"), "<project/>");
        Path source = Files.createDirectories(home.resolve("src/main/java")).resolve("A.java");
        return Files.writeString(source, "class A {}");
    }

    private void maven(String script) throws IOException {
        executable(Files.writeString(bin.resolve("mvn"), "#!/bin/sh\n" + script + "\n"));
    }

    /** A JDK whose programs print how they were called. */
    private Path jdk(String name, String version) throws IOException {
        Path jdk = folder.resolve(name);
        Files.createDirectories(jdk.resolve("bin"));
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
        String script = "#!/bin/sh\necho \"java of " + jdk.toRealPath() + "\"\nprintf '%s\\n' \"$@\"\nexit 7\n";
        executable(Files.writeString(jdk.resolve("bin/java"), script));
        executable(Files.writeString(jdk.resolve("bin/javac"), script));
        return jdk;
    }

    private static void executable(Path file) {
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private Outcome run(Path script, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(List.of(arguments));
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Outcome(
                process.exitValue(),
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }
}
