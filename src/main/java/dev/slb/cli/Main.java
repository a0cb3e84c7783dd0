package dev.slb.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/** The program {@code slb}. Exit codes: 0 good, 1 found problems or failed, 2 wrong usage. */
@Command(
        name = "slb",
        description = "A load balancer for Kubernetes with the model of classic SLB.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        scope = ScopeType.LOCAL,
        versionProvider = Main.Version.class,
        usageHelpAutoWidth = true,
        subcommands = {
            PlaygroundCommand.class,
            RunCommand.class,
            ValidateCommand.class,
            OperatorCommand.class,
            ForwarderCommand.class,
            EchoCommand.class,
            DistributionCommand.class
        },
        footer = {
            "",
            "Start with:  slb playground",
            "Exit codes:  0 good, 1 found problems or failed, 2 wrong usage",
            "Environment: SLB_BIND_ADDRESS, SLB_ADMIN_BIND_ADDRESS, SLB_LOG_LEVEL; for the launcher JAVA_HOME, SLB_JAVA_OPTS"
        })
public final class Main {

    @Option(
            names = "--log-level",
            paramLabel = "LEVEL",
            scope = ScopeType.INHERIT,
            defaultValue = "${env:SLB_LOG_LEVEL}",
            description = "error, warn, info, debug or trace; default: $SLB_LOG_LEVEL, else what suits the command")
    private String logLevel;

    public static void main(String[] args) {
        useTmpDir();
        countBuffers();
        System.exit(run(args));
    }

    /** The JVM does not know TMPDIR. In a container only what it names can be written; Netty unpacks its libraries there. */
    private static void useTmpDir() {
        String dir = System.getenv("TMPDIR");
        if (dir != null
                && !dir.isEmpty()
                && System.getProperty("java.io.tmpdir").equals("/tmp")) {
            System.setProperty("java.io.tmpdir", dir);
        }
    }

    /**
     * Has Netty take and count the memory of buffers itself, so that too much of it fails at once; the JVM would collect garbage
     * and sleep. The JDK lets it since the manifest (with -jar) opens the package to it.
     */
    private static void countBuffers() {
        System.setProperty("io.netty.tryReflectionSetAccessible", "true");
    }

    static int run(String... args) {
        return commandLine().execute(args);
    }

    static CommandLine commandLine() {
        Main main = new Main();
        CommandLine line = new CommandLine(main);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionStrategy(parsed -> {
            main.configureLogging(parsed);
            return new CommandLine.RunLast().execute(parsed);
        });
        line.setExecutionExceptionHandler((e, command, parsed) -> {
            if (e instanceof CommandFailure) {
                command.getErr().println("slb: " + e.getMessage());
            } else {
                command.getErr().println("slb: this should not have happened, please report it:");
                e.printStackTrace(command.getErr());
            }
            return ExitCode.SOFTWARE;
        });
        return line;
    }

    private void configureLogging(CommandLine.ParseResult parsed) {
        CommandLine.ParseResult last = parsed;
        while (last.hasSubcommand()) {
            last = last.subcommand();
        }
        Object command = last.commandSpec().userObject();
        try {
            Logging.configure(
                    logLevel == null || logLevel.isEmpty()
                            ? command instanceof Service ? Logging.Level.INFO : Logging.Level.WARN
                            : Logging.parse(logLevel));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(last.commandSpec().commandLine(), e.getMessage());
        }
    }

    /** A command that runs until it is ended, with a log that people keep. */
    interface Service {}

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {
                "slb " + (version == null ? "(development)" : version) + " (Java " + Runtime.version() + ")"
            };
        }
    }
}
