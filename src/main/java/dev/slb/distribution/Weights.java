package dev.slb.distribution;

import dev.slb.distribution.GroupTally.Server;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The weights of one group, by whatever name of a server there is. */
public final class Weights {

    /**
     * @param name of a server: its address and port, its address, its name, or the entry that it comes from
     * @param shared servers of the entry divide the weight, otherwise each has it
     * @param one stands for exactly one server, which is missing when it was not seen
     */
    record Entry(String name, double weight, boolean shared, boolean one) {}

    /**
     * The servers of a group with their weights.
     *
     * @param servers those that were seen in their order, then those that were not
     * @param weights per server, NaN where there is none
     * @param unmatched entries of which no server was seen
     */
    record Assigned(List<Server> servers, double[] weights, List<String> unmatched, int matched) {}

    private final List<Entry> entries;

    Weights(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    /**
     * Reads {@code a=100,b=50}.
     *
     * @throws IllegalArgumentException when it is not like that
     */
    public static Weights parse(String text) {
        List<Entry> entries = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            int equals = part.lastIndexOf('=');
            double weight;
            try {
                weight = Double.parseDouble(part.substring(equals + 1).trim());
            } catch (NumberFormatException e) {
                weight = -1;
            }
            if (equals < 1 || !(weight >= 0) || Double.isInfinite(weight)) {
                throw new IllegalArgumentException("'" + part + "' is not SERVER=WEIGHT");
            }
            entries.add(new Entry(part.substring(0, equals).trim(), weight, false, true));
        }
        return new Weights(entries);
    }

    /** All that were seen alike. */
    static Assigned equal(List<Server> seen) {
        double[] weights = new double[seen.size()];
        Arrays.fill(weights, 1);
        return new Assigned(List.copyOf(seen), weights, List.of(), seen.size());
    }

    Assigned assign(List<Server> seen) {
        int[] entryOf = new int[seen.size()];
        int[] servers = new int[entries.size()];
        int matched = 0;
        for (int i = 0; i < entryOf.length; i++) {
            entryOf[i] = entry(seen.get(i));
            if (entryOf[i] >= 0) {
                servers[entryOf[i]]++;
                matched++;
            }
        }
        List<Server> all = new ArrayList<>(seen);
        List<Double> weights = new ArrayList<>();
        for (int each : entryOf) {
            weights.add(each < 0 ? Double.NaN : weight(entries.get(each), servers[each]));
        }
        List<String> unmatched = new ArrayList<>();
        for (int i = 0; i < servers.length; i++) {
            if (servers[i] == 0) {
                Entry entry = entries.get(i);
                if (entry.one()) {
                    all.add(new Server(entry.name(), entry.name()));
                    weights.add(entry.weight());
                } else {
                    unmatched.add(entry.name());
                }
            }
        }
        return new Assigned(
                all, weights.stream().mapToDouble(Double::doubleValue).toArray(), unmatched, matched);
    }

    private static double weight(Entry entry, int servers) {
        return entry.shared() ? entry.weight() / servers : entry.weight();
    }

    private int entry(Server server) {
        for (String name : names(server)) {
            for (int i = 0; i < entries.size(); i++) {
                if (entries.get(i).name().equals(name)) {
                    return i;
                }
            }
        }
        return -1;
    }

    /** What a server may be called, the most exact first. A plan's id is {@code entry/address:port}. */
    private static List<String> names(Server server) {
        String id = server.id();
        int slash = id.indexOf('/');
        String address = id.substring(slash + 1);
        int colon = address.lastIndexOf(':');
        String host = colon < 0 ? address : address.substring(0, colon);
        String bare = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        return List.of(id, address, server.label(), host, bare, slash < 0 ? id : id.substring(0, slash));
    }
}
