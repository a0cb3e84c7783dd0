package dev.slb.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import dev.slb.distribution.Expectations;
import dev.slb.distribution.LiveTally;
import dev.slb.distribution.LogException;
import dev.slb.distribution.Logs;
import dev.slb.distribution.Report;
import dev.slb.distribution.ReportText;
import dev.slb.distribution.Tally;
import dev.slb.distribution.Weights;
import dev.slb.plan.ForwarderStats;
import dev.slb.plan.PlanJson;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** {@code slb distribution}. */
@Command(
        name = "distribution",
        description = {
            "Says whether traffic follows the weights: counts logs or a live forwarder per server, compares with the"
                    + " weights, says whether the difference is chance, and names the likely cause.",
            "",
            "Logs of a balancer name the server of each request. Logs of the servers themselves do not: give one"
                    + " file per server, as SERVER=FILE or under the file's name. Compressed files (gzip) are read"
                    + " too.",
            ""
        },
        footer = {
            "",
            "Exit codes: 0 follows the weights, 1 does not or nothing could be read, 2 wrong usage",
            "Example:    slb distribution --weights 10.0.0.1:80=100,10.0.0.2:80=50 access.log"
        },
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class)
final class DistributionCommand implements Callable<Integer> {

    private enum Output {
        TABLE,
        JSON
    }

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "[SERVER=]FILE", description = "logs; - or none: standard input")
    private List<String> files = List.of();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "json, text (our access log), nginx-combined, nginx-upstream, haproxy-http, haproxy-tcp, or"
                    + " a format string with $$variables of ours or NGINX's; default: found out for each log")
    private String format;

    @Option(
            names = "--forwarder",
            paramLabel = "URL",
            description = "count a live forwarder by its admin port, like http://127.0.0.1:9090")
    private URI forwarder;

    @Option(
            names = "--watch",
            paramLabel = "SECONDS",
            arity = "0..1",
            fallbackValue = "10",
            description = "with --forwarder: count from now on and show it every so often; without a number every"
                    + " ${FALLBACK-VALUE}")
    private Integer watch;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "with --watch: end after so many times; default: when interrupted")
    private Integer rounds;

    @Option(names = "--weights", paramLabel = "SERVER=WEIGHT,...", description = "expected weights, like a=100,b=50")
    private String weights;

    @Option(
            names = {"-f", "--filename"},
            paramLabel = "PATH",
            description = "expected weights from manifests: a file or folder; best as kubectl get -o yaml writes them,"
                    + " whose status has each server")
    private List<Path> manifests = List.of();

    @Option(names = "--group", paramLabel = "NAME", description = "only this group of the log or forwarder")
    private String group;

    @Option(
            names = "--distinct-clients",
            description = "leave out repeats of the same client address: each counts once")
    private boolean distinctClients;

    @Option(
            names = "--significance",
            paramLabel = "P",
            defaultValue = "0.01",
            description = "call differences that chance would make less often than this; default: ${DEFAULT-VALUE}")
    private double significance;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "table or json; default: ${DEFAULT-VALUE}")
    private Output output;

    @Override
    public Integer call() throws Exception {
        checkUsage();
        Expectations expectations = new Expectations();
        if (weights != null) {
            expectations.give(usage(() -> Weights.parse(weights)));
        }
        try {
            for (Path each : manifests) {
                addManifests(each, expectations);
            }
            return forwarder == null ? readLogs(expectations) : readForwarder(expectations);
        } catch (LogException e) {
            throw new CommandFailure(e.getMessage(), e);
        } catch (NoSuchFileException e) {
            throw new CommandFailure(e.getMessage() + ": no such file", e);
        } catch (IOException e) {
            throw new CommandFailure(e.getMessage() == null ? e.toString() : e.getMessage(), e);
        }
    }

    private void checkUsage() {
        require(significance > 0 && significance < 1, "--significance must be between 0 and 1");
        require(forwarder == null || files.isEmpty() && format == null, "--forwarder reads no files");
        require(
                forwarder == null || !distinctClients,
                "--forwarder does not know clients: --distinct-clients needs logs");
        require(watch == null || forwarder != null, "--watch needs --forwarder");
        require(watch == null || watch >= 1 && watch <= 3600, "--watch must be 1..3600");
        require(rounds == null || watch != null && rounds >= 1, "--rounds needs --watch, and must be at least 1");
    }

    private void require(boolean good, String otherwise) {
        if (!good) {
            throw new ParameterException(spec.commandLine(), otherwise);
        }
    }

    private <T> T usage(Supplier<T> parse) {
        try {
            return parse.get();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
    }

    private static void addManifests(Path path, Expectations expectations) throws IOException, LogException {
        if (!Files.isDirectory(path)) {
            expectations.addManifests(path.toString(), Files.readString(path));
            return;
        }
        List<Path> inside;
        try (Stream<Path> walk = Files.walk(path)) {
            inside = walk.filter(each -> each.toString().matches(".*\\.(ya?ml|json)"))
                    .sorted()
                    .toList();
        }
        for (Path each : inside) {
            expectations.addManifests(each.toString(), Files.readString(each));
        }
    }

    private int readLogs(Expectations expectations) throws IOException, LogException {
        try (Logs logs = usage(() -> new Logs(format))) {
            for (String file : files.isEmpty() ? List.of("-") : files) {
                addLog(file, logs);
            }
            Tally tally = logs.count();
            choose(tally);
            return print(Report.of(tally, logs.summaries(), expectations, distinctClients, significance));
        }
    }

    private static void addLog(String file, Logs logs) throws IOException, LogException {
        int equals = file.indexOf('=');
        boolean named = equals > 0 && !Files.exists(Path.of(file));
        String name = named ? file.substring(0, equals) : null;
        String path = named ? file.substring(equals + 1) : file;
        if (path.equals("-")) {
            InputStream in = System.in;
            logs.add(name, in);
        } else {
            logs.add(named ? name : path, Path.of(path));
        }
    }

    private int readForwarder(Expectations expectations) throws LogException, InterruptedException, IOException {
        LiveForwarder live = usage(() -> new LiveForwarder(forwarder));
        LiveTally tally = new LiveTally();
        ForwarderStats stats = live.read();
        if (watch == null) {
            tally.add(stats, System.currentTimeMillis());
            return print(tally, expectations);
        }
        tally.start(stats, System.currentTimeMillis());
        int code = 0;
        for (int round = 0; rounds == null || round < rounds; round++) {
            Thread.sleep(Duration.ofSeconds(watch).toMillis());
            try {
                tally.add(live.read(), System.currentTimeMillis());
                code = print(tally, expectations);
            } catch (LogException e) {
                // It may be starting anew: watching goes on.
                spec.commandLine().getErr().println("slb: " + e.getMessage());
                code = 1;
            }
        }
        return code;
    }

    private int print(LiveTally live, Expectations expectations) throws LogException, IOException {
        choose(live.tally());
        return print(Report.of(live.tally(), List.of(), live.weights(expectations), false, significance));
    }

    private void choose(Tally tally) throws LogException {
        List<String> names = List.copyOf(tally.names());
        if (group != null && !tally.retain(group)) {
            throw new LogException("no group '" + group + "', there is " + String.join(", ", names));
        }
    }

    private int print(Report report) throws JsonProcessingException {
        PrintWriter out = spec.commandLine().getOut();
        if (output == Output.JSON) {
            ObjectWriter writer = PlanJson.mapper().writer();
            out.println((watch == null ? writer.withDefaultPrettyPrinter() : writer).writeValueAsString(report));
        } else {
            out.println(ReportText.of(report));
        }
        out.flush();
        return report.differs() || !report.isCompared() ? 1 : 0;
    }
}
