package dev.slb.cli.local;

import dev.slb.cli.local.View.ListenerView;
import dev.slb.cli.local.View.RouteView;
import dev.slb.cli.local.View.ServerView;
import dev.slb.plan.DocumentId;
import dev.slb.plan.Health;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** What changed from one {@link View} to the next, as lines for a log. */
public final class EventLines {

    private Map<DocumentId, String> listeners = Map.of();
    private Map<String, String> servers = Map.of();
    private Map<String, Long> counts = Map.of();

    /**
     * What a reader should know at once: listeners and servers that came, went or changed. What is on its way, as everything
     * is at a start, is told of when it is there.
     */
    public List<String> changes(View view) {
        Map<DocumentId, String> nowListeners = new LinkedHashMap<>();
        Map<String, String> nowServers = new LinkedHashMap<>();
        for (ListenerView listener : view.listeners()) {
            if (listener.serving() || listener.message() != null || listeners.containsKey(listener.id())) {
                nowListeners.put(listener.id(), ViewText.title(listener) + " " + ViewText.state(listener));
            }
            for (RouteView route : listener.routes()) {
                for (ServerView server : route.servers()) {
                    String name = ViewText.title(listener) + " " + route.match() + " -> " + route.to() + ": "
                            + server.name() + " " + server.address();
                    if (server.health() != Health.UNAVAILABLE || servers.containsKey(name)) {
                        nowServers.put(name, description(server));
                    }
                }
            }
        }
        List<String> lines = new ArrayList<>();
        difference(listeners, nowListeners)
                .forEach((id, text) -> lines.add(text == null ? id.name() + " ended" : text));
        difference(servers, nowServers)
                .forEach((name, text) -> lines.add(text == null ? name + " left" : name + " " + text));
        listeners = nowListeners;
        servers = nowServers;
        return lines;
    }

    private static String description(ServerView server) {
        return (server.role() == null ? "weight " + server.weight() : ViewText.lower(server.role())) + " "
                + ViewText.health(server);
    }

    /** Traffic since the last call, one line for each rule that had any. */
    public List<String> traffic(View view, SeenShares seen) {
        Map<String, Long> now = new LinkedHashMap<>();
        List<String> lines = new ArrayList<>();
        for (ListenerView listener : view.listeners()) {
            for (RouteView route : listener.routes()) {
                String name = ViewText.title(listener) + " " + route.match() + " -> " + route.to();
                long picks =
                        route.servers().stream().mapToLong(ServerView::picks).sum();
                now.put(name, picks);
                if (picks != counts.getOrDefault(name, 0L)) {
                    lines.add(name + ": "
                            + route.servers().stream()
                                    .map(server -> server.name() + " " + server.picks() + " ("
                                            + ViewText.percent(seen.of(listener, route, server)) + " of "
                                            + ViewText.percent(server.expectedShare()) + ")")
                                    .collect(Collectors.joining(", ")));
                }
            }
        }
        counts = now;
        return lines;
    }

    /** New values of what is new or changed, null for what is gone. */
    private static <K> Map<K, String> difference(Map<K, String> before, Map<K, String> now) {
        Map<K, String> changes = new LinkedHashMap<>();
        before.keySet().stream().filter(key -> !now.containsKey(key)).forEach(key -> changes.put(key, null));
        now.forEach((key, value) -> {
            if (!Objects.equals(before.get(key), value)) {
                changes.put(key, value);
            }
        });
        return changes;
    }
}
