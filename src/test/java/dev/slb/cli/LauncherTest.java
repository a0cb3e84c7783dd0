package dev.slb.cli;

import dev.slb.testing.Processes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** The script {@code slb}, with a java and a mvn that only say how they were called. */
@Processes
class LauncherTest {

    private static final List<String> TOOLS = List.of(
            "sh",
            "cat",
            "cp",
            "date",
            "dirname",
            "find",
            "flock",
            "grep",
            "head",
            "kill",
            "ln",
            "mkdir",
            "mv",
            "readlink",
            "rm",
            "sed",
            "sleep",
            "tail",
            "touch",
            "tr");

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Gives signs of life, where the option says, while a condition about their number {@code n} holds. */
    private static final String LIVE = """
            for option; do case $option in -Dslb.heartbeat=*) file=${option#*=} ;; esac; done
            n=0; while n=$((n + 1)); %s; do echo $n >"$file"; /bin/sleep 0.01; done""";

    @TempDir
    private Path folder;

    private Path home;
    private Path bin;
    private final Map<String, String> environment = new TreeMap<>();
    private final List<Process> started = new ArrayList<>();

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

    @AfterEach
    void endAll() throws InterruptedException {
        started.forEach(Process::destroy);
        for (Process process : started) {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
        // What a script had started when it ended may still write into the folder.
        await().atMost(PATIENCE)
                .until(() -> ProcessHandle.allProcesses()
                        .noneMatch(process ->
                                process.info().commandLine().orElse("").contains(folder.toString())));
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
    void leavesRoomBesideHeapAndBuffersInASmallContainer() throws Exception {
        String limit = "-Dio.netty.maxDirectMemory=";
        Path groups = Files.createDirectory(folder.resolve("groups"));
        environment.put("SLB_CGROUPS", groups.toString());
        assertThat(run(home.resolve("slb"), "forwarder").out).doesNotContain(limit);

        Path second = groups.resolve("memory.max");
        Files.writeString(second, "max\n");
        assertThat(run(home.resolve("slb"), "forwarder").out).doesNotContain(limit);
        Files.writeString(second, (1 << 30) + "\n");
        assertThat(run(home.resolve("slb"), "forwarder").out).doesNotContain(limit);
        Files.writeString(second, (256 << 20) + "\n");
        assertThat(run(home.resolve("slb"), "forwarder").out.lines()).contains(limit + (32 << 20));
        environment.put("SLB_JAVA_OPTS", limit + "1");
        assertThat(run(home.resolve("slb"), "forwarder").out.lines())
                .containsSubsequence(limit + (32 << 20), limit + "1");

        Files.delete(second);
        Path first = Files.createDirectory(groups.resolve("memory")).resolve("memory.limit_in_bytes");
        Files.writeString(first, "9223372036854771712\n");
        assertThat(run(home.resolve("slb"), "run").out.lines()).doesNotContain(limit + (32 << 20));
        Files.writeString(first, (256 << 20) + "\n");
        assertThat(run(home.resolve("slb"), "run").out.lines()).contains(limit + (32 << 20));
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
        mavenBuilds("");

        Outcome first = run(home.resolve("slb"), "echo");
        assertThat(first.err).contains("building").contains("first start").contains("built in");
        assertThat(first.exitCode).isEqualTo(7);

        Outcome second = run(home.resolve("slb"), "echo");
        assertThat(second.err).doesNotContain("building");

        makeNewer(source);
        assertThat(run(home.resolve("slb"), "echo").err).contains("sources changed");
    }

    @Test
    void examplesAreNoSources() throws Exception {
        sourceTree();
        mavenBuilds("");
        run(home.resolve("slb"), "echo");

        Path example = Files.createDirectories(home.resolve("deploy/examples/quickstart"))
                .resolve("loadbalancer.yaml");
        makeNewer(Files.writeString(example, "kind: LoadBalancer"));

        assertThat(run(home.resolve("slb"), "echo").err).doesNotContain("building");
    }

    @Test
    void whatRunsKeepsItsFileThroughBuildsAndCleaning() throws Exception {
        Path source = sourceTree();
        mavenBuilds("old");
        Path end = folder.resolve("end");
        javaRuns("until [ -e '" + end + "' ]; do sleep 0.05; done");
        Path out = folder.resolve("first");
        Process first = start(home.resolve("slb"), out, folder.resolve("first.err"), "run");
        await().atMost(PATIENCE).until(() -> Files.readString(out).lines().anyMatch("run"::equals));
        Path firstJar = jar(Files.readString(out));
        assertThat(firstJar).hasContent("old");

        javaRuns("exit 7");
        mavenBuilds("new");
        makeNewer(source);
        Path secondJar = jar(run(home.resolve("slb"), "echo").out);
        assertThat(secondJar).hasContent("new");
        assertThat(firstJar).hasContent("old");

        // What `mvn clean` does.
        Files.delete(home.resolve("target/slb.jar"));
        assertThat(firstJar).hasContent("old");

        Files.createFile(end);
        assertThat(first.waitFor(60, TimeUnit.SECONDS)).isTrue();
        run(home.resolve("slb"), "echo");
        assertThat(firstJar).as("nobody needs it any more").doesNotExist();
    }

    @Test
    void filesOfProcessesThatItCanNotSeeStay() throws Exception {
        sourceTree();
        mavenBuilds("new");
        Path runs = Files.createDirectories(home.resolve(".slb/run"));
        Path ofContainer = Files.writeString(runs.resolve("container-4026532999-999999999.jar"), "old");

        Path own = jar(run(home.resolve("slb"), "echo").out);

        assertThat(own).hasContent("new");
        assertThat(ofContainer).hasContent("old");
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

    @Test
    void anOperatorThatEndsIsStartedAgainEachTimeLater() throws Exception {
        secondsAre(0.01);
        javaRuns("echo start >>events; exit 3");

        Process supervisor = supervise();
        await().atMost(PATIENCE).until(() -> starts() >= 9);
        supervisor.destroy();

        assertThat(supervisor.waitFor(60, TimeUnit.SECONDS)).isTrue();
        int[] least = {1, 2, 4, 8, 16, 32, 60, 60};
        List<Integer> waited = secondsBetweenStarts();
        for (int i = 0; i < least.length; i++) {
            assertThat(waited.get(i)).as("before restart %s", i + 1).isGreaterThanOrEqualTo(least[i]);
            assertThat(Files.readString(folder.resolve("supervisor")))
                    .contains("out of memory", "restart %d in %d s".formatted(i + 1, least[i]));
        }
    }

    @Test
    void aGoodRunMakesTheNextRestartQuickAgain() throws Exception {
        secondsAre(0.01);
        javaRuns("echo start >>events; [ $(grep -c start events) = 3 ] || exit 1; "
                + LIVE.formatted("[ $(grep -c sleep events) -lt 400 ]") + "; exit 1");

        supervise();
        await().atMost(PATIENCE).until(() -> starts() >= 4);

        List<Integer> waited = secondsBetweenStarts();
        assertThat(waited.get(1)).isGreaterThanOrEqualTo(2);
        assertThat(Files.readString(folder.resolve("supervisor"))).contains("restart 2 in 2 s", "restart 3 in 1 s");
    }

    @Test
    void theEndIsPassedOnAndWaitedFor() throws Exception {
        secondsAre(0.5);
        javaRuns("trap 'echo told >>events; sleep 3; echo ended >>events; exit 143' TERM; echo start >>events; "
                + LIVE.formatted("true"));

        Process supervisor = supervise();
        await().atMost(PATIENCE).until(() -> starts() == 1);
        supervisor.destroy();

        assertThat(supervisor.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(supervisor.exitValue()).isEqualTo(143);
        assertThat(Files.readAllLines(folder.resolve("events"))).contains("start", "told", "ended");
        assertThat(starts()).isEqualTo(1);
        assertThat(folder.resolve("tmp")).as("nothing of it is left").isEmptyDirectory();
    }

    @Test
    void anOperatorThatDoesNotEndWhenToldIsEnded() throws Exception {
        secondsAre(0.01);
        javaRuns("trap '' TERM; echo start >>events; " + LIVE.formatted("true"));

        Process supervisor = supervise();
        await().atMost(PATIENCE).until(() -> starts() == 1);
        supervisor.destroy();

        assertThat(supervisor.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(supervisor.exitValue()).isEqualTo(137);
    }

    @Test
    void anOperatorThatGivesNoSignOfLifeIsEndedAndStartedAgain() throws Exception {
        secondsAre(0.02);
        javaRuns("echo start >>events; [ $(grep -c start events) -gt 1 ] || " + LIVE.formatted("[ $n -le 5 ]")
                + "; [ $(grep -c start events) -gt 1 ] || while :; do sleep 1; done; " + LIVE.formatted("true"));

        supervise();
        await().atMost(PATIENCE).until(() -> starts() >= 2);

        assertThat(Files.readString(folder.resolve("supervisor")))
                .contains("no sign of life for 60 s", "ended by signal 9", "restart 1 in 1 s");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(Files.readString(folder.resolve("supervised")))
                        .contains("-Dslb.restarts=0", "-Dslb.restarts=1"));
    }

    @Test
    void anOperatorThatNeverGetsGoingIsEndedAndStartedAgain() throws Exception {
        secondsAre(0.01);
        javaRuns("echo start >>events; while :; do sleep 1; done");

        supervise();
        await().atMost(PATIENCE).until(() -> starts() >= 2);

        assertThat(Files.readString(folder.resolve("supervisor"))).contains("no sign of life for 120 s");
    }

    @Test
    void wrongUsageIsSaidAndTriedAgainSeldom() throws Exception {
        secondsAre(0.01);
        javaRuns("echo start >>events; exit 2");

        Process supervisor = supervise();
        await().atMost(PATIENCE)
                .until(() -> Files.readString(folder.resolve("supervisor")).contains("restart 1 in 300 s"));
        supervisor.destroy();

        assertThat(supervisor.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(secondsBetweenStarts()).allMatch(seconds -> seconds >= 300);
        assertThat(Files.readString(folder.resolve("supervisor"))).contains("wrong usage");
    }

    @Test
    void onlyTheOperatorIsSupervised() throws Exception {
        Outcome outcome = run(home.resolve("slb"), "supervise", "forwarder");

        assertThat(outcome.exitCode).isEqualTo(2);
        assertThat(outcome.err).contains("slb supervise operator");
    }

    private Path sourceTree() throws IOException {
        Files.delete(home.resolve("slb.jar"));
        Files.writeString(home.resolve("pom.xml"), "<project/>");
        Path source = Files.createDirectories(home.resolve("src/main/java")).resolve("A.java");
        return Files.writeString(source, "class A {}");
    }

    private static void makeNewer(Path source) throws IOException {
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(10)));
    }

    /** The file that the program runs from, by what a fake java printed. */
    private static Path jar(String out) {
        List<String> lines = out.lines().toList();
        return Path.of(lines.get(lines.indexOf("-jar") + 1));
    }

    /** A Maven whose archive has this content: as the real one it writes it aside, and then puts it in place. */
    private void mavenBuilds(String content) throws IOException {
        maven("""
                target=$(dirname "$2")/target
                mkdir -p "$target"
                printf '%%s' '%s' >"$target/aside.jar"
                mv "$target/aside.jar" "$target/slb.jar"
                """.formatted(content));
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

    /** Makes the java of {@code JAVA_HOME} do this after it has said how it was called. */
    private void javaRuns(String script) throws IOException {
        Path java = Path.of(environment.get("JAVA_HOME"), "bin", "java");
        executable(Files.writeString(java, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n" + script + "\n"));
    }

    /** How long what the script takes for a second is really; each is an event. */
    private void secondsAre(double length) throws IOException {
        Path sleep = bin.resolve("sleep");
        Files.writeString(
                sleep,
                "#!/bin/sh\necho \"sleep $1\" >>'" + folder.resolve("events") + "'\nexec /bin/sleep " + length + "\n");
        Files.createFile(folder.resolve("events"));
        Files.createDirectory(folder.resolve("tmp"));
        environment.put("TMPDIR", folder.resolve("tmp").toString());
    }

    private Process supervise() throws IOException {
        return start(
                home.resolve("slb"),
                folder.resolve("supervised"),
                folder.resolve("supervisor"),
                "supervise",
                "operator");
    }

    private List<String> events() throws IOException {
        return Files.readAllLines(folder.resolve("events"));
    }

    private long starts() throws IOException {
        return events().stream().filter("start"::equals).count();
    }

    private List<Integer> secondsBetweenStarts() throws IOException {
        List<Integer> seconds = new ArrayList<>();
        int count = 0;
        boolean first = true;
        for (String event : events()) {
            if (event.equals("sleep 1")) {
                count++;
            } else if (event.equals("start")) {
                if (!first) {
                    seconds.add(count);
                }
                first = false;
                count = 0;
            }
        }
        return seconds;
    }

    private Outcome run(Path script, String... arguments) throws IOException, InterruptedException {
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process process = start(script, out, err, arguments);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Outcome(
                process.exitValue(),
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }

    private Process start(Path script, Path out, Path err, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        started.add(process);
        return process;
    }
}
