package dev.slb.cli;

import dev.slb.cli.playground.Display;
import dev.slb.cli.playground.LineDisplay;
import dev.slb.cli.playground.Playground;
import dev.slb.cli.playground.TableDisplay;
import dev.slb.cli.playground.Terminal;
import dev.slb.cli.playground.TypedLines;
import dev.slb.forwarder.ForwarderOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** {@code slb playground}. */
@Command(
        name = "playground",
        description = {
            "Serves a folder of ordinary manifests on this machine, without a cluster.",
            "",
            "Every pod of its Pods, Deployments, ReplicaSets, StatefulSets and DaemonSets becomes a demo backend"
                    + " (slb echo) of this process on a loopback address of its own; its load balancers serve real"
                    + " traffic on their ports. Edit the files, and see what changes.",
            ""
        },
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class)
final class PlaygroundCommand implements Callable<Integer> {

    private static final Duration STEP = Duration.ofMillis(1000 / Display.SHOWS_PER_SECOND);

    @Spec
    private CommandSpec spec;

    @Mixin
    private BindAddress bind;

    @Mixin
    private AccessLogSettings accessLog;

    @Parameters(
            arity = "0..1",
            paramLabel = "DIR",
            description = "folder (or file) of manifests; default: deploy/examples/quickstart of the source tree")
    private Path folder;

    @Option(
            names = "--first-pod-address",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.1.1",
            converter = BindAddress.Literal.class,
            description = "loopback address of the first pod, the others follow; default: ${DEFAULT-VALUE}")
    private InetAddress firstPod;

    @Option(names = "--for", paramLabel = "SECONDS", description = "end by itself after so long")
    private Long seconds;

    @Option(names = "--plain", description = "lines instead of a table, as when this is not a terminal")
    private boolean plain;

    @Override
    public Integer call() throws Exception {
        Path path = folder == null ? ExampleManifests.quickstart() : folder;
        if (!Files.exists(path)) {
            throw new CommandFailure(path + ": there is no such file or folder");
        }
        InetAddress listenAddress = bind.address() == null ? InetAddress.getByName("127.0.0.1") : bind.address();
        // Not to standard output unless asked: that is for what is shown here.
        ForwarderOptions options = ForwarderOptions.named("playground")
                .bindTo(listenAddress.getHostAddress())
                .withAccessLog(accessLog.file() == null ? null : accessLog.options());
        String title = "slb playground: " + path + " on " + listenAddress.getHostAddress();
        try (Termination termination = new Termination();
                Playground playground = Playground.start(List.of(path), firstPod, options);
                Display display = display(playground, title, listenAddress)) {
            run(termination, playground, display);
            return 0;
        }
    }

    private Display display(Playground playground, String title, InetAddress listenAddress) {
        return plain || !Terminal.isInteractive()
                ? new LineDisplay(
                        playground, title, listenAddress, spec.commandLine().getOut())
                : new TableDisplay(playground, title, listenAddress);
    }

    private void run(Termination termination, Playground playground, Display display) throws InterruptedException {
        TypedLines typed = new TypedLines(System.in);
        long begin = System.nanoTime();
        do {
            for (String line = typed.poll(); line != null; line = typed.poll()) {
                if (line.equals("quit")) {
                    termination.request();
                } else {
                    display.answer(playground.command(line));
                }
            }
            playground.observePods();
            display.show();
        } while (!termination.await(STEP) && !isOver(begin));
    }

    private boolean isOver(long begin) {
        return seconds != null && System.nanoTime() - begin >= TimeUnit.SECONDS.toNanos(seconds);
    }
}
