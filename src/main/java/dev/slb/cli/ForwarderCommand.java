package dev.slb.cli;

import dev.slb.delivery.ForwarderProcess;
import dev.slb.delivery.PlanEndpoint;
import dev.slb.delivery.PlanStreamOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;

/** {@code slb forwarder}. */
@Command(
        name = "forwarder",
        description = {
            "Moves the traffic of a cluster's load balancers, as an operator tells it to.",
            "",
            "Remembers what it served: after a restart it serves on, even if no operator can be reached. Knows nothing of"
                    + " Kubernetes.",
            ""
        },
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class)
final class ForwarderCommand implements Callable<Integer>, Main.Service {

    @Spec
    private CommandSpec spec;

    @Mixin
    private BindAddress bind;

    @Mixin
    private AdminBindAddress adminBind;

    @Mixin
    private ForwarderSettings settings;

    @Mixin
    private InstanceName name;

    @Option(
            names = "--plan",
            paramLabel = "ENDPOINT",
            defaultValue = "unix:/run/slb/plan.sock",
            description = "where an operator serves the plan, unix:/PATH or tcp:HOST:PORT; default: ${DEFAULT-VALUE}")
    private String plan;

    @Option(
            names = "--state-dir",
            paramLabel = "FOLDER",
            defaultValue = "/var/lib/slb",
            description = "where it remembers what it served, keys of certificates included; default: ${DEFAULT-VALUE}")
    private Path stateDir;

    @Option(
            names = "--admin-port",
            paramLabel = "PORT",
            defaultValue = "9900",
            description = "where /metrics, /report, /stats, /healthz and /readyz are served; default: ${DEFAULT-VALUE}")
    private int adminPort;

    @Option(
            names = "--drain-seconds",
            paramLabel = "N",
            defaultValue = "30",
            description = "on SIGTERM let connections end for so long; default: ${DEFAULT-VALUE}")
    private int drainSeconds;

    @Override
    public Integer call() throws CommandFailure, InterruptedException {
        try (Termination termination = new Termination();
                ForwarderProcess forwarder = ForwarderProcess.start(options())) {
            termination.await();
            forwarder.drain(Duration.ofSeconds(drainSeconds));
            return 0;
        } catch (IOException | UncheckedIOException | IllegalStateException e) {
            throw new CommandFailure(e.getMessage(), e);
        }
    }

    private ForwarderProcess.Options options() throws CommandFailure {
        return new ForwarderProcess.Options(
                settings.options(name.get(), bind),
                endpoint(),
                stateDir.resolve("last-good"),
                adminBind.withPort(adminPort, bind),
                PlanStreamOptions.defaults());
    }

    private SocketAddress endpoint() {
        try {
            return PlanEndpoint.parse(plan);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "Invalid value for option '--plan': " + e.getMessage());
        }
    }
}
