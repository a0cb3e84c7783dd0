package dev.slb.cli.playground;

import dev.slb.cli.echo.EchoServer;
import dev.slb.cli.local.EventLines;
import dev.slb.cli.local.Finding;
import dev.slb.cli.local.SeenShares;
import dev.slb.cli.local.View;

import java.io.PrintWriter;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** Lines for a log: what changed, and every few seconds where the traffic went. */
public final class LineDisplay implements Display {

    private static final int SECONDS_BETWEEN_TRAFFIC_LINES = 5;

    private final Playground playground;
    private final InetAddress listenAddress;
    private final PrintWriter out;
    private final EventLines events = new EventLines();
    private final SeenShares seen = new SeenShares();
    private List<String> pods = List.of();
    private List<String> problems = List.of();
    private long shows;

    public LineDisplay(Playground playground, String title, InetAddress listenAddress, PrintWriter out) {
        this.playground = playground;
        this.listenAddress = listenAddress;
        this.out = out;
        out.println(title);
    }

    @Override
    public void show() {
        View view = playground.view();
        seen.update(view);
        pods = printNew(describePods(playground), pods);
        problems = printNew(problems(playground), problems);
        events.changes(view).forEach(out::println);
        if (shows == SHOWS_PER_SECOND) {
            Hints.curl(view, listenAddress).forEach(line -> out.println("try: " + line));
            Hints.fail(view, playground).forEach(line -> out.println("try: " + line));
        }
        if (shows++ % (SECONDS_BETWEEN_TRAFFIC_LINES * SHOWS_PER_SECOND) == 0) {
            events.traffic(view, seen).forEach(out::println);
        }
        out.flush();
    }

    private List<String> printNew(List<String> now, List<String> before) {
        now.stream().filter(line -> !before.contains(line)).forEach(out::println);
        return now;
    }

    private static List<String> describePods(Playground playground) {
        List<String> lines = new ArrayList<>();
        for (EchoServer pod : playground.pods()) {
            lines.add("pod " + pod.name() + " " + pod.address().getHostAddress() + " ports " + pod.allPorts()
                    + " control " + Hints.controlUrl(pod));
        }
        return lines;
    }

    static List<String> problems(Playground playground) {
        List<String> lines = new ArrayList<>();
        for (Finding finding : playground.findings()) {
            lines.add("problem: " + finding);
        }
        playground.podProblems().forEach(problem -> lines.add("problem: " + problem));
        return lines;
    }

    @Override
    public void answer(String text) {
        out.println(text);
    }

    @Override
    public void close() {
        events.traffic(playground.view(), seen).forEach(out::println);
        out.flush();
    }
}
