package dev.slb.distribution;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The counts of one group. Memory grows with servers and clients, not with requests. */
final class GroupTally {

    /** @param label what people call the server; may be the id */
    record Server(String id, String label) {}

    /** What is known of one client; of its connections the last few, told apart by the client's port. */
    private static final class Client {
        private static final int CONNECTIONS = 16;

        private int lastServer;
        private boolean moved;
        private long hits;
        private int[] connections;
        private int next;

        /** The server of this connection's last request, or -1 when the connection is new. */
        int connection(int port, int server) {
            if (connections == null) {
                connections = new int[2];
                Arrays.fill(connections, -1);
            }
            for (int i = 0; i < connections.length; i += 2) {
                if (connections[i] == port) {
                    int before = connections[i + 1];
                    connections[i + 1] = server;
                    return before;
                }
            }
            if (next == connections.length && next < 2 * CONNECTIONS) {
                connections = Arrays.copyOf(connections, 2 * connections.length);
                Arrays.fill(connections, next, connections.length, -1);
            }
            next = next == connections.length ? 0 : next;
            connections[next] = port;
            connections[next + 1] = server;
            next += 2;
            return -1;
        }
    }

    /** How often something went where it went before. */
    record Repeats(long all, long same) {
        Repeats plus(boolean isSame) {
            return new Repeats(all + 1, same + (isSame ? 1 : 0));
        }
    }

    private final String name;
    private final Map<String, Integer> index = new HashMap<>();
    private final List<Server> servers = new ArrayList<>();
    private final Map<String, Client> clients = new HashMap<>();
    private final Timeline timeline = new Timeline();
    private long[] counts = new long[4];
    private long[] firsts = new long[4];
    private long[] connections = new long[4];
    private long total;
    private long unserved;
    private long withoutClient;
    private Repeats onConnection = new Repeats(0, 0);
    private Repeats onNewConnection = new Repeats(0, 0);

    GroupTally(String name) {
        this.name = name;
    }

    void add(Hit hit) {
        if (hit.server() == null) {
            unserved++;
            return;
        }
        int server = server(hit.server(), hit.server());
        counts[server]++;
        total++;
        timeline.add(server, hit.time());
        if (hit.client() == null) {
            withoutClient++;
        } else {
            addClient(hit, server);
        }
    }

    private void addClient(Hit hit, int server) {
        Client client = clients.get(hit.client());
        boolean first = client == null;
        if (first) {
            client = new Client();
            clients.put(hit.client(), client);
            firsts[server]++;
        }
        int before = hit.port() < 0 ? -1 : client.connection(hit.port(), server);
        if (before >= 0) {
            onConnection = onConnection.plus(before == server);
        } else {
            if (hit.port() >= 0) {
                connections[server]++;
            }
            if (!first) {
                onNewConnection = onNewConnection.plus(client.lastServer == server);
            }
        }
        client.moved |= !first && client.lastServer != server;
        client.lastServer = server;
        client.hits++;
    }

    /** Adds what was counted elsewhere, as one span of time. */
    void add(Map<Server, Long> more, long start, long end) {
        more.keySet().forEach(each -> server(each.id(), each.label()));
        long[] span = new long[servers.size()];
        more.forEach((each, count) -> span[index.get(each.id())] += count);
        for (int i = 0; i < span.length; i++) {
            counts[i] += span[i];
            total += span[i];
        }
        withoutClient = total;
        timeline.add(span, start, end);
    }

    private int server(String id, String label) {
        Integer known = index.get(id);
        if (known != null) {
            return known;
        }
        int next = servers.size();
        servers.add(new Server(id, label));
        index.put(id, next);
        if (next == counts.length) {
            counts = Arrays.copyOf(counts, 2 * next);
            firsts = Arrays.copyOf(firsts, 2 * next);
            connections = Arrays.copyOf(connections, 2 * next);
        }
        return next;
    }

    String name() {
        return name;
    }

    List<Server> servers() {
        return servers;
    }

    long total() {
        return total;
    }

    long unserved() {
        return unserved;
    }

    Timeline timeline() {
        return timeline;
    }

    /** Requests per server. */
    long[] counts() {
        return counts;
    }

    /** Clients per server that they had first: repeats of the same client left out. */
    long[] firsts() {
        return firsts;
    }

    /** Connections of clients per server of their first request. */
    long[] connections() {
        return connections;
    }

    boolean knowsClients() {
        return total > 0 && withoutClient == 0;
    }

    long clients() {
        return clients.size();
    }

    long busiestClient() {
        return clients.values().stream().mapToLong(each -> each.hits).max().orElse(0);
    }

    /** Clients with several requests. */
    long returningClients() {
        return clients.values().stream().filter(each -> each.hits > 1).count();
    }

    /** Clients with several requests, all to one server. */
    long stayingClients() {
        return clients.values().stream()
                .filter(each -> each.hits > 1 && !each.moved)
                .count();
    }

    /** Further requests of a connection, and how many went to the server of the one before. */
    Repeats onConnection() {
        return onConnection;
    }

    /** Returns of a client on a new connection (any return where ports are not known), and how many went to the same server. */
    Repeats onNewConnection() {
        return onNewConnection;
    }
}
