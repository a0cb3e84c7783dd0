package dev.slb.forwarder.table;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;

/** Connections and requests that were not served, counted by reason. */
public final class Refusals {

    private final ConcurrentMap<String, LongAdder> byReason = new ConcurrentHashMap<>();

    public void count(String reason) {
        LongAdder adder = byReason.get(reason);
        if (adder == null) {
            adder = byReason.computeIfAbsent(reason, key -> new LongAdder());
        }
        adder.increment();
    }

    public SortedMap<String, Long> counts() {
        SortedMap<String, Long> counts = new TreeMap<>();
        byReason.forEach((reason, adder) -> counts.put(reason, adder.sum()));
        return counts;
    }
}
