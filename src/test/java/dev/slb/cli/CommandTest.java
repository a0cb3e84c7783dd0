package dev.slb.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

/** What all commands have in common: help, exit codes, the bind address. */
class CommandTest {

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        return Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }

    @Test
    void helpNamesEveryCommandAndTheExitCodes() {
        assertThat(run("--help")).isZero();

        Main.commandLine()
                .getSubcommands()
                .keySet()
                .forEach(command -> assertThat(out.toString()).contains("\n  " + command + " "));
        assertThat(out.toString()).contains("0 good, 1 found problems or failed, 2 wrong usage");
    }

    @Test
    void everyCommandHasHelpAndVersion() {
        for (CommandLine command : Main.commandLine().getSubcommands().values()) {
            assertThat(run(command.getCommandName(), "--help")).isZero();
            assertThat(run(command.getCommandName(), "--version")).isZero();
        }
        assertThat(out.toString()).contains("slb (development)");
    }

    @Test
    void everyCommandThatOpensSocketsHasABindAddress() {
        for (CommandLine command : Main.commandLine().getSubcommands().values()) {
            boolean offline = Set.of("validate", "distribution").contains(command.getCommandName());
            assertThat(command.getCommandSpec().optionsMap().containsKey("--bind-address"))
                    .as(command.getCommandName())
                    .isEqualTo(!offline);
        }
    }

    @Test
    void wrongUsageIsTwo() {
        assertThat(run("validate")).isEqualTo(2);
        assertThat(run("no-such-command")).isEqualTo(2);
        assertThat(run("--log-level", "loud", "validate", "-f", "x")).isEqualTo(2);
        assertThat(err.toString()).contains("not a log level");
    }

    @Test
    void aBindAddressIsAnIpAddress() {
        assertThat(run("echo", "--bind-address", "localhost")).isEqualTo(2);
        assertThat(run("echo", "--bind-address", "127.0.0.256")).isEqualTo(2);
        assertThat(err.toString()).contains("'localhost' is not an IP address", "'127.0.0.256' is not an IP address");
    }

    /** An address for documentation, which no machine has (RFC 5737). */
    @Test
    void theAdminPortHasAnAddressOfItsOwn() throws IOException {
        String manifest = Files.createFile(folder.resolve("none.yaml")).toString();
        String plan = "--plan=unix:" + folder.resolve("plan.sock");
        String state = "--state-dir=" + folder.resolve("state");
        String[][] commands = {
            {"run", "-f", manifest, state, "--admin-port=9900"},
            {"forwarder", plan, state, "--admin-port=9900"},
            {"operator", plan, "--namespace=slb", "--health-port=9900"}
        };
        for (String[] command : commands) {
            String[] bound = Arrays.copyOf(command, command.length + 2);
            bound[command.length] = "--bind-address=127.0.0.1";
            bound[command.length + 1] = "--admin-bind-address=192.0.2.1";
            err.getBuffer().setLength(0);

            assertThat(run(bound)).as(command[0]).isEqualTo(1);
            assertThat(err.toString()).as(command[0]).contains("port /192.0.2.1:9900: ");
        }
        assertThat(run("forwarder", "--admin-bind-address", "localhost")).isEqualTo(2);
        assertThat(err.toString()).contains("'localhost' is not an IP address");
    }

    @Test
    void whatServicesTenantsMayAskForIsNeverEverything() {
        assertThat(run("operator", "--namespace", "slb", "--allowed-service-annotations="))
                .isEqualTo(2);
        assertThat(run("operator", "--namespace", "slb", "--allowed-service-annotations=a/,,b/"))
                .isEqualTo(2);
        assertThat(run("operator", "--namespace", "slb", "--allowed-service-types=Unknown"))
                .isEqualTo(2);
        assertThat(run("operator", "--namespace", "slb", "--allowed-service-types=Tunnel"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("a prefix of annotations must not be empty", "not a type: Unknown");
    }

    @Test
    void aFolderThatIsNotThereIsOne() {
        assertThat(run("playground", Path.of("target", "no-such-folder").toString()))
                .isEqualTo(1);
        assertThat(err.toString()).contains("there is no such file or folder");
    }
}
