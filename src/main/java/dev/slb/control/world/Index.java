package dev.slb.control.world;

import dev.slb.kind.ObjectId;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** Objects by something that they have or name. Nothing is left of a key without objects. */
final class Index<K> {

    private final Map<K, SortedSet<ObjectId>> ids = new HashMap<>();

    void add(K key, ObjectId id) {
        ids.computeIfAbsent(key, each -> new TreeSet<>()).add(id);
    }

    void remove(K key, ObjectId id) {
        ids.computeIfPresent(key, (each, there) -> {
            there.remove(id);
            return there.isEmpty() ? null : there;
        });
    }

    /** A view. */
    SortedSet<ObjectId> get(K key) {
        return Collections.unmodifiableSortedSet(ids.getOrDefault(key, Collections.emptySortedSet()));
    }
}
