package dev.slb.cli.playground;

import dev.slb.cli.local.SeenShares;
import dev.slb.cli.local.View;
import dev.slb.cli.local.ViewText;

import java.io.PrintStream;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** A table that keeps itself current on a terminal. */
public final class TableDisplay implements Display {

    private static final String HELP = "type: fail POD [refuse|hang|error], unready POD, recover POD, or quit";

    private final Playground playground;
    private final String title;
    private final InetAddress listenAddress;
    private final PrintStream out;
    private final PrintStream err;
    private final Terminal terminal;
    private final RecentLines log = new RecentLines();
    private final SeenShares seen = new SeenShares();
    private String answer = HELP;
    private List<String> page = List.of();
    private final long begin = System.nanoTime();
    private long shows;

    /** Takes standard output, and standard error too: what is logged would end up in the middle of the table. */
    public TableDisplay(Playground playground, String title, InetAddress listenAddress) {
        this.playground = playground;
        this.title = title;
        this.listenAddress = listenAddress;
        this.out = System.out;
        this.err = System.err;
        this.terminal = new Terminal(out);
        System.setErr(log.asStream());
    }

    @Override
    public void show() {
        if (shows++ % SHOWS_PER_SECOND == 0) {
            terminal.measure();
        }
        View view = playground.view();
        seen.update(view);
        page = page(view);
        terminal.draw(page);
    }

    private List<String> page(View view) {
        List<String> lines = new ArrayList<>();
        long up = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin);
        lines.add(title + String.format(Locale.ROOT, ", up %d:%02d", up / 60, up % 60));
        lines.add("");
        lines.addAll(ViewText.table(view, seen, terminal.size().columns()));
        lines.add("");
        lines.addAll(ViewText.counts(view));
        addSection(lines, LineDisplay.problems(playground));
        addSection(lines, Hints.curl(view, listenAddress));
        addSection(lines, Hints.fail(view, playground));
        addSection(lines, log.lines());
        addSection(lines, List.of(answer));
        return lines;
    }

    private static void addSection(List<String> lines, List<String> section) {
        if (!section.isEmpty()) {
            lines.add("");
            lines.addAll(section);
        }
    }

    @Override
    public void answer(String text) {
        answer = text;
        terminal.lineWasTyped();
    }

    /** Leaves the last table behind. */
    @Override
    public void close() {
        terminal.close();
        System.setErr(err);
        page.forEach(out::println);
    }
}
