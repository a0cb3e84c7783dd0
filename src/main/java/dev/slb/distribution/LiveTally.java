package dev.slb.distribution;

import dev.slb.distribution.GroupTally.Server;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderStats;
import dev.slb.plan.ForwarderStats.GroupStats;
import dev.slb.plan.ForwarderStats.ServerStats;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts between one look at a forwarder and the next. Counts of servers in several listeners are added up: they are one
 * group. A group whose servers or
 * weights change is counted anew. Master-slave groups have no weights and are left out.
 */
public final class LiveTally {

    private record Pick(DocumentId listener, DocumentId group, String server) {}

    private final Tally tally = new Tally();
    private Map<Pick, Long> before = new HashMap<>();
    private Map<String, List<Long>> weightsBefore = new HashMap<>();
    private final Map<String, Weights> weights = new HashMap<>();
    private List<GroupStats> uses = List.of();
    private long last = Hit.NO_TIME;

    /** What was there when watching began, and does not count. */
    public void start(ForwarderStats stats, long now) {
        before = picks(stats);
        weightsBefore = weightsOf(stats);
        last = now;
    }

    /** Counts what came since the last look; without {@link #start} all since the forwarder's own start. */
    public void add(ForwarderStats stats, long now) {
        Map<String, List<Long>> weightsNow = weightsOf(stats);
        uses = stats.groups();
        Map<Pick, Long> picks = picks(stats);
        Map<String, Map<Server, Long>> counts = new LinkedHashMap<>();
        for (ServerStats each : balanced(stats)) {
            Pick pick = new Pick(each.listener(), each.group(), each.server());
            long more = each.picks() - before.getOrDefault(pick, 0L);
            counts.computeIfAbsent(each.group().toString(), key -> new LinkedHashMap<>())
                    // Less than before: the forwarder started anew.
                    .merge(new Server(each.server(), each.name()), more < 0 ? each.picks() : more, Long::sum);
        }
        counts.forEach((group, servers) -> {
            List<Long> known = weightsBefore.get(group);
            if (known != null && !known.equals(weightsNow.get(group))) {
                tally.forget(group);
            } else {
                tally.group(group).add(servers, last, now);
            }
        });
        before = picks;
        weightsBefore = weightsNow;
        last = now;
    }

    public Tally tally() {
        return tally;
    }

    /** The weights and schedulers that the forwarder uses, for the groups that the expectations do not name. */
    public Expectations weights(Expectations expectations) {
        return expectations.orElse(weights, uses);
    }

    private static List<ServerStats> balanced(ForwarderStats stats) {
        return stats.servers().stream()
                .filter(each -> !each.group().kind().hasRoles())
                .toList();
    }

    private static Map<Pick, Long> picks(ForwarderStats stats) {
        Map<Pick, Long> picks = new HashMap<>();
        balanced(stats)
                .forEach(each -> picks.put(new Pick(each.listener(), each.group(), each.server()), each.picks()));
        return picks;
    }

    private Map<String, List<Long>> weightsOf(ForwarderStats stats) {
        Map<String, Map<String, Long>> byGroup = new HashMap<>();
        for (ServerStats each : balanced(stats)) {
            if (each.weight() != null) {
                byGroup.computeIfAbsent(each.group().toString(), key -> new LinkedHashMap<>())
                        .put(each.server(), each.weight());
            }
        }
        Map<String, List<Long>> lists = new HashMap<>();
        byGroup.forEach((group, servers) -> {
            List<Weights.Entry> entries = new ArrayList<>();
            servers.forEach((server, weight) -> entries.add(new Weights.Entry(server, weight, false, true)));
            weights.put(group, new Weights(entries));
            lists.put(group, List.copyOf(servers.values()));
        });
        return lists;
    }
}
