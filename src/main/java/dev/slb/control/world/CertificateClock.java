package dev.slb.control.world;

import dev.slb.certificate.Validity;

import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Time, as far as it is a part of the world: when certificates and OCSP responses begin to count and expire. It stands still
 * until {@link World#reviewCertificates}.
 */
final class CertificateClock {

    private final Clock clock;
    /** In which Secrets and ConfigMaps, by the moment. */
    private final NavigableMap<Instant, Set<NamespacedName>> turns = new TreeMap<>();

    private final Map<NamespacedName, Set<Instant>> byName = new HashMap<>();
    private Instant asOf;

    CertificateClock(Clock clock) {
        this.clock = clock;
        this.asOf = clock.instant();
    }

    /** The moment as of which certificates are good or expired. */
    Instant asOf() {
        return asOf;
    }

    /** Takes note of what has this name now, in place of what it had. */
    void set(NamespacedName name, Collection<Validity> validities) {
        Set<Instant> before = byName.remove(name);
        if (before != null) {
            before.forEach(turn -> turns.computeIfPresent(turn, (at, names) -> {
                names.remove(name);
                return names.isEmpty() ? null : names;
            }));
        }
        for (Validity validity : validities) {
            add(name, validity.from());
            add(name, validity.until());
        }
    }

    private void add(NamespacedName name, Instant turn) {
        turns.computeIfAbsent(turn, at -> new TreeSet<>()).add(name);
        byName.computeIfAbsent(name, key -> new TreeSet<>()).add(turn);
    }

    /** Goes on to the present moment. @return what began to count or expired since the last call */
    SortedSet<NamespacedName> advance() {
        SortedSet<NamespacedName> turned = new TreeSet<>();
        Instant now = clock.instant();
        if (now.isAfter(asOf)) {
            turns.subMap(asOf, false, now, true).values().forEach(turned::addAll);
            asOf = now;
        }
        return turned;
    }
}
