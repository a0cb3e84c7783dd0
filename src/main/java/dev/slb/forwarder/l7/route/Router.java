package dev.slb.forwarder.l7.route;

import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.forwarder.l7.head.RequestHead;
import dev.slb.plan.RulePlan;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * Chooses by host and path as {@link RulePlan} says. Immutable, and looks up ranges of bytes without an allocation; the
 * cost does not grow with the number of hosts, and with the logarithm of the number of paths.
 *
 * @param <T> what rules lead to
 */
public final class Router<T> {

    private static final byte[] SLASH = {'/'};

    private final HostTable<Paths<T>> exact;
    /** By what follows the star and its dot. */
    private final HostTable<Paths<T>> wildcards;

    private final Paths<T> anyHost;

    private Router(HostTable<Paths<T>> exact, HostTable<Paths<T>> wildcards, Paths<T> anyHost) {
        this.exact = exact;
        this.wildcards = wildcards;
        this.anyHost = anyHost;
    }

    /**
     * @param result what a rule leads to
     * @param otherwise what requests get whose host no rule names, when no rule without a host matches
     */
    static <R, T> Router<T> of(List<R> rules, Function<R, RulePlan> plan, Function<R, T> result, T otherwise) {
        Map<String, Map<String, T>> exact = new HashMap<>();
        Map<String, Map<String, T>> wildcards = new HashMap<>();
        Map<String, T> anyHost = new HashMap<>();
        anyHost.put("", otherwise);
        for (R rule : rules) {
            RulePlan match = plan.apply(rule);
            Map<String, T> paths;
            if (match.host() == null) {
                paths = anyHost;
            } else if (match.host().startsWith("*.")) {
                paths = wildcards.computeIfAbsent(match.host().substring(2), host -> new HashMap<>());
            } else {
                paths = exact.computeIfAbsent(match.host(), host -> new HashMap<>());
            }
            // A number sign can't stand in a target: rules that have one mean its encoded form (classic SLB).
            String path = match.path() == null ? "" : match.path().replace("#", "%23");
            paths.put(path, result.apply(rule));
        }
        return new Router<>(hosts(exact), hosts(wildcards), Paths.of(anyHost));
    }

    private static <T> HostTable<Paths<T>> hosts(Map<String, Map<String, T>> byHost) {
        Map<String, Paths<T>> compiled = new HashMap<>();
        byHost.forEach((host, paths) -> compiled.put(host.toLowerCase(Locale.ROOT), Paths.of(paths)));
        return new HostTable<>(compiled);
    }

    /** What the request gets, or null when its host is bound by rules none of which matches its path. */
    public T find(RequestHead head) {
        Paths<T> paths = paths(head.bytes(), head.hostStart(), head.hostEnd());
        // An absolute target may have no path; its server gets a slash.
        return head.pathStart() == head.pathEnd()
                ? paths.find(SLASH, 0, 1)
                : paths.find(head.bytes(), head.pathStart(), head.pathEnd());
    }

    T find(byte[] bytes, int hostStart, int hostEnd, int pathStart, int pathEnd) {
        return paths(bytes, hostStart, hostEnd).find(bytes, pathStart, pathEnd);
    }

    private Paths<T> paths(byte[] bytes, int start, int end) {
        Paths<T> found = exact.find(bytes, start, end);
        if (found != null) {
            return found;
        }
        if (!wildcards.isEmpty()) {
            // The first dot leaves the longest suffix: the narrowest wildcard.
            for (int i = start + 1; i < end; i++) {
                if (bytes[i] == '.' && (found = wildcards.find(bytes, i + 1, end)) != null) {
                    return found;
                }
            }
        }
        return anyHost;
    }

    /** Host names to values, with open addressing; names are compared without regard to case. */
    private static final class HostTable<V> {

        private final byte[][] names;
        private final V[] values;
        private final int mask;

        @SuppressWarnings("unchecked")
        HostTable(Map<String, V> entries) {
            int slots = entries.isEmpty() ? 0 : Integer.highestOneBit(entries.size()) * 4;
            names = new byte[slots][];
            values = (V[]) new Object[slots];
            mask = slots - 1;
            entries.forEach((name, value) -> {
                byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
                int slot = hash(bytes, 0, bytes.length) & mask;
                while (names[slot] != null) {
                    slot = slot + 1 & mask;
                }
                names[slot] = bytes;
                values[slot] = value;
            });
        }

        boolean isEmpty() {
            return names.length == 0;
        }

        V find(byte[] bytes, int start, int end) {
            if (names.length == 0) {
                return null;
            }
            for (int slot = hash(bytes, start, end) & mask; names[slot] != null; slot = slot + 1 & mask) {
                if (Ascii.equalsIgnoreCase(bytes, start, end, names[slot])) {
                    return values[slot];
                }
            }
            return null;
        }

        private static int hash(byte[] bytes, int start, int end) {
            int hash = 0;
            for (int i = start; i < end; i++) {
                hash = 31 * hash + Ascii.lower(bytes[i]);
            }
            return hash ^ hash >>> 16;
        }
    }

    /**
     * Path prefixes in the order of their bytes, each with the longest other one that it begins with. The last prefix
     * that is not greater than a path either begins it, and is then the longest that does, or shares with it all
     * prefixes that do.
     */
    private static final class Paths<T> {

        private final byte[][] prefixes;
        private final int[] parents;
        private final T[] values;

        @SuppressWarnings("unchecked")
        private Paths(Map<String, T> byPrefix) {
            List<byte[]> sorted = new ArrayList<>();
            byPrefix.keySet().forEach(prefix -> sorted.add(prefix.getBytes(StandardCharsets.UTF_8)));
            sorted.sort(Arrays::compareUnsigned);
            prefixes = sorted.toArray(byte[][]::new);
            parents = new int[prefixes.length];
            values = (T[]) new Object[prefixes.length];
            for (int i = 0; i < prefixes.length; i++) {
                values[i] = byPrefix.get(new String(prefixes[i], StandardCharsets.UTF_8));
                int parent = i - 1;
                while (parent >= 0 && !isPrefix(parent, prefixes[i], 0, prefixes[i].length)) {
                    parent = parents[parent];
                }
                parents[i] = parent;
            }
        }

        static <T> Paths<T> of(Map<String, T> byPrefix) {
            return new Paths<>(byPrefix);
        }

        T find(byte[] bytes, int start, int end) {
            int low = 0;
            int high = prefixes.length - 1;
            while (low <= high) {
                int middle = low + high >>> 1;
                byte[] prefix = prefixes[middle];
                if (Arrays.compareUnsigned(prefix, 0, prefix.length, bytes, start, end) <= 0) {
                    low = middle + 1;
                } else {
                    high = middle - 1;
                }
            }
            int found = high;
            while (found >= 0 && !isPrefix(found, bytes, start, end)) {
                found = parents[found];
            }
            return found < 0 ? null : values[found];
        }

        private boolean isPrefix(int prefix, byte[] bytes, int start, int end) {
            byte[] wanted = prefixes[prefix];
            return wanted.length <= end - start
                    && Arrays.equals(wanted, 0, wanted.length, bytes, start, start + wanted.length);
        }
    }
}
