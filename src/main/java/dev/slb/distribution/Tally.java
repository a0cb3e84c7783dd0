package dev.slb.distribution;

import java.util.Collection;
import java.util.SortedMap;
import java.util.TreeMap;

/** What was counted, by group. */
public final class Tally {

    private final SortedMap<String, GroupTally> groups = new TreeMap<>();

    void add(Hit hit) {
        group(hit.group()).add(hit);
    }

    GroupTally group(String name) {
        return groups.computeIfAbsent(name, GroupTally::new);
    }

    /** Starts the counts of a group anew. */
    void forget(String name) {
        groups.remove(name);
    }

    Collection<GroupTally> groups() {
        return groups.values();
    }

    /** Names of the groups for which something was counted. */
    public Collection<String> names() {
        return groups.keySet();
    }

    /** Leaves only the groups of this name, whole or after a slash; false when there is none. */
    public boolean retain(String name) {
        groups.keySet().removeIf(each -> !each.equals(name) && !each.endsWith("/" + name));
        return !groups.isEmpty();
    }
}
