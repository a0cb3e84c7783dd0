package dev.slb.cli.local;

import dev.slb.cli.local.View.ListenerView;
import dev.slb.cli.local.View.RouteView;
import dev.slb.cli.local.View.ServerView;
import dev.slb.plan.Health;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A {@link View} as a table for people. */
public final class ViewText {

    private static final List<String> DISPENSABLE = List.of("ADDRESS", "EXPECTED", "PORT", "SEEN");

    private ViewText() {}

    /** @param width that there is room for: in a narrow window the columns that matter least are left out */
    public static List<String> table(View view, SeenShares seen, int width) {
        TextTable table = table(view, seen);
        for (String column : DISPENSABLE) {
            if (table.width() > width) {
                table = table.without(column);
            }
        }
        return table.lines();
    }

    private static TextTable table(View view, SeenShares seen) {
        TextTable table = new TextTable("<<<<<>>>><");
        table.row("LISTENER", "PORT", "RULE", "SERVER", "ADDRESS", "WEIGHT", "EXPECTED", "SEEN", "PICKS", "HEALTH");
        for (ListenerView listener : view.listeners()) {
            boolean first = true;
            for (RouteView route : listener.routes()) {
                String name = first ? listener.id().name() : "";
                String port = first ? listener.protocol() + " :" + listener.port() : "";
                if (first && !listener.serving()) {
                    table.row(name, port, state(listener));
                    name = "";
                    port = "";
                }
                first = false;
                addRoute(table, name, port, listener, route, seen);
            }
        }
        return table;
    }

    private static void addRoute(
            TextTable table, String listener, String port, ListenerView view, RouteView route, SeenShares seen) {
        if (route.servers().isEmpty()) {
            table.row(listener, port, route.match() + " -> " + route.to(), "(no server)");
            return;
        }
        String rule = route.match() + " -> " + route.to();
        for (ServerView server : route.servers()) {
            table.row(
                    listener,
                    port,
                    rule,
                    server.name(),
                    server.address(),
                    server.role() == null ? Long.toString(server.weight()) : lower(server.role()),
                    percent(server.expectedShare()),
                    percent(seen.of(view, route, server)),
                    Long.toString(server.picks()),
                    health(server));
            listener = "";
            port = "";
            rule = "";
        }
    }

    /** One line per listener: how busy it is. */
    public static List<String> counts(View view) {
        List<String> lines = new ArrayList<>();
        for (ListenerView listener : view.listeners()) {
            lines.add(title(listener) + ": "
                    + (listener.protocol().isLayer7() ? count(listener.requests(), "request") + ", " : "")
                    + count(listener.connections(), "connection") + ", " + listener.openConnections() + " open"
                    + failover(listener));
        }
        return lines;
    }

    private static String count(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    private static String failover(ListenerView listener) {
        long seconds = listener.routes().stream()
                .mapToLong(RouteView::failoverSeconds)
                .max()
                .orElse(0);
        return seconds == 0 ? "" : "; a server that fails is left within " + seconds + " s";
    }

    static String title(ListenerView listener) {
        return listener.id().name() + " " + listener.protocol() + " :" + listener.port();
    }

    public static String state(ListenerView listener) {
        if (listener.serving()) {
            return "serving";
        }
        return "NOT SERVING" + (listener.message() == null ? "" : ": " + listener.message());
    }

    public static String health(ServerView server) {
        String text = switch (server.health()) {
            case NORMAL -> "Normal";
            case UNCHECKED -> "Unchecked";
            case UNAVAILABLE -> "Unavailable (no verdict yet)";
            case ABNORMAL -> "ABNORMAL";
        };
        if (server.health() == Health.ABNORMAL && server.cause() != null) {
            text += ": " + server.cause();
        }
        if (server.paused() != null) {
            text += ", paused: " + server.paused();
        }
        return server.active() ? text + ", active" : text;
    }

    public static String percent(double share) {
        return Double.isNaN(share) ? "-" : String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    public static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
