package dev.slb.cli.local;

import dev.slb.cli.local.View.ListenerView;
import dev.slb.cli.local.View.RouteView;
import dev.slb.cli.local.View.ServerView;
import dev.slb.plan.DocumentId;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Shares of traffic since the expected shares changed last: what came before would blur the comparison. */
public final class SeenShares {

    private record RouteKey(DocumentId listener, String match) {}

    private record Since(Map<String, Double> expected, Map<String, Long> picks) {}

    private final Map<RouteKey, Since> starts = new HashMap<>();

    /** Takes note of the present counts; to be called with every view. */
    public void update(View view) {
        for (ListenerView listener : view.listeners()) {
            for (RouteView route : listener.routes()) {
                RouteKey key = new RouteKey(listener.id(), route.match());
                Map<String, Double> expected = expected(route.servers());
                Since start = starts.get(key);
                if (start == null || !start.expected.equals(expected)) {
                    starts.put(key, new Since(expected, picks(route.servers())));
                }
            }
        }
    }

    /** 0 to 1, or NaN when there was no traffic. */
    public double of(ListenerView listener, RouteView route, ServerView server) {
        Since start = starts.get(new RouteKey(listener.id(), route.match()));
        long all =
                route.servers().stream().mapToLong(each -> since(start, each)).sum();
        return all == 0 ? Double.NaN : (double) since(start, server) / all;
    }

    private static long since(Since start, ServerView server) {
        return server.picks() - (start == null ? 0 : start.picks.getOrDefault(server.id(), 0L));
    }

    private static Map<String, Double> expected(List<ServerView> servers) {
        return servers.stream().collect(Collectors.toMap(ServerView::id, ServerView::expectedShare));
    }

    private static Map<String, Long> picks(List<ServerView> servers) {
        return servers.stream().collect(Collectors.toMap(ServerView::id, ServerView::picks));
    }
}
