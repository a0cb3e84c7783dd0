package dev.slb.cli;

import dev.slb.cli.local.CookieKeyFile;
import dev.slb.cli.local.EventLines;
import dev.slb.cli.local.Finding;
import dev.slb.cli.local.LocalBalancer;
import dev.slb.forwarder.admin.AdminServer;
import dev.slb.source.ManifestSet;
import dev.slb.source.ManifestWatcher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code slb run}. */
@Command(
        name = "run",
        description = {
            "Serves manifests from files, without a cluster.",
            "",
            "Takes the same kinds as a cluster does; servers are addresses, or Pods whose status has one. Follows"
                    + " changes of the files: what is wrong is logged, and what was good stays.",
            ""
        },
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class)
final class RunCommand implements Callable<Integer>, Main.Service {

    private static final Duration STEP = Duration.ofMillis(250);

    @Mixin
    private BindAddress bind;

    @Mixin
    private AdminBindAddress adminBind;

    @Mixin
    private ForwarderSettings settings;

    @Mixin
    private ManifestPaths manifests;

    @Option(
            names = "--admin-port",
            paramLabel = "PORT",
            description = "where /metrics, /report, /stats, /healthz and /readyz are served; default: nowhere")
    private Integer adminPort;

    @Option(
            names = "--state-dir",
            paramLabel = "DIR",
            description =
                    "folder for what must survive a restart: the key of sticky cookies; default: slb in the user's"
                            + " folder for state (~/.local/state)")
    private Path stateDir = CookieKeyFile.userFolder();

    private volatile List<Finding> findings = List.of();

    @Override
    public Integer call() throws CommandFailure, InterruptedException {
        // Not a field: the log's level is set after the commands are made.
        Logger log = LoggerFactory.getLogger(RunCommand.class);
        try (Termination termination = new Termination();
                LocalBalancer balancer = start();
                AdminServer admin = admin(balancer);
                ManifestWatcher watcher = ManifestWatcher.start(manifests.paths(), set -> take(balancer, set, log))) {
            EventLines events = new EventLines();
            do {
                balancer.reviewCertificates();
                events.changes(balancer.view()).forEach(log::info);
            } while (!termination.await(STEP));
            return 0;
        }
    }

    private LocalBalancer start() throws CommandFailure {
        try {
            return LocalBalancer.start(settings.options("run", bind), CookieKeyFile.keptIn(stateDir));
        } catch (IllegalArgumentException | IllegalStateException | UncheckedIOException e) {
            throw new CommandFailure(e.getMessage(), e);
        }
    }

    /** Null, which try-with-resources passes over, when nobody asked for it. */
    private AdminServer admin(LocalBalancer balancer) throws CommandFailure {
        if (adminPort == null) {
            return null;
        }
        try {
            return AdminServer.start(balancer.forwarder(), adminBind.withPort(adminPort, bind), () -> false);
        } catch (IOException e) {
            throw new CommandFailure(e.getMessage(), e);
        }
    }

    private void take(LocalBalancer balancer, ManifestSet set, Logger log) {
        List<Finding> before = findings;
        findings = balancer.update(set, null);
        findings.stream().filter(finding -> !before.contains(finding)).forEach(finding -> log.warn("{}", finding));
        before.stream()
                .filter(finding -> !findings.contains(finding))
                .forEach(finding -> log.info("solved: {}", finding));
        log.info("{} objects from files are served, {} problems", set.objects().size(), findings.size());
    }
}
