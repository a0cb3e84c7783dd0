package dev.slb.cli;

import dev.slb.cli.echo.EchoServer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** {@code slb echo}. */
@Command(
        name = "echo",
        description = {
            "Runs a demo backend: an HTTP server whose answers begin with its name, then show the request it saw;",
            "on UDP ports, datagrams come back after its name.",
            "",
            "Any path is answered 200, but:",
            "  /readyz           503 while it should get nothing new",
            "  /status/N         status N",
            "  /bytes/N          N bytes; with ?chunked without a Content-Length",
            "  /slow?seconds=N   a line every 100 ms for N seconds",
            "A WebSocket gets its messages back. The control port, if any, makes it fail and recover:",
            "  POST /-/fail?mode=refuse|hang|error, POST /-/unready, POST /-/recover, GET /-/stats",
            ""
        },
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class)
final class EchoCommand implements Callable<Integer> {

    private static final Duration DRAIN_STEP = Duration.ofMillis(50);
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(20);

    @Spec
    private CommandSpec spec;

    @Mixin
    private BindAddress bind;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            defaultValue = "${env:POD_NAME}",
            description = "first line of its answers; default: $POD_NAME, else the host's name")
    private String name;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            split = ",",
            defaultValue = "8000",
            description = "port to serve, may be given several times; 0 takes a free one; default: ${DEFAULT-VALUE}")
    private List<Integer> ports;

    @Option(
            names = "--udp-port",
            paramLabel = "PORT",
            split = ",",
            description =
                    "UDP port whose datagrams come back after the name, may be given several times; default: none")
    private List<Integer> udpPorts = List.of();

    @Option(
            names = "--control-port",
            paramLabel = "PORT",
            description = "port that makes it fail and recover; default: none")
    private Integer controlPort;

    @Option(
            names = "--drain-seconds",
            paramLabel = "N",
            defaultValue = "0",
            description = "on SIGTERM go on serving for so long, not ready, while balancers turn away;"
                    + " default: ${DEFAULT-VALUE}")
    private int drainSeconds;

    @Override
    public Integer call() throws Exception {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory());
        try (Termination termination = new Termination();
                EchoServer server = start(loops)) {
            describe(server);
            termination.await();
            drain(server);
            return 0;
        } finally {
            loops.shutdownGracefully(0, 2, TimeUnit.SECONDS);
        }
    }

    private EchoServer start(EventLoopGroup loops) throws CommandFailure {
        try {
            return EchoServer.start(
                    name == null || name.isEmpty() ? hostName() : name,
                    bind.address(),
                    ports,
                    udpPorts,
                    controlPort,
                    loops);
        } catch (IOException e) {
            throw new CommandFailure(e.getMessage(), e);
        }
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "echo";
        }
    }

    private void describe(EchoServer server) {
        PrintWriter out = spec.commandLine().getOut();
        String host = server.address() == null ? "*" : server.address().getHostAddress();
        server.ports().forEach(port -> out.println(server.name() + " listens on " + host + ":" + port));
        server.udpPorts().forEach(port -> out.println(server.name() + " answers UDP on " + host + ":" + port));
        if (controlPort != null) {
            out.println(server.name() + " is controlled on " + host + ":" + server.controlPort());
        }
        out.flush();
    }

    private void drain(EchoServer server) throws InterruptedException {
        if (drainSeconds == 0) {
            return;
        }
        server.drain();
        Thread.sleep(TimeUnit.SECONDS.toMillis(drainSeconds));
        long end = System.nanoTime() + DRAIN_LIMIT.toNanos();
        while (server.active() > 0 && System.nanoTime() < end) {
            Thread.sleep(DRAIN_STEP.toMillis());
        }
    }
}
