package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.ForwarderReport.GroupHealth;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What is different in a forwarder's report from the one that its reader has seen. What is not named is as it was.
 *
 * @param forwarder name of the instance
 * @param since revision of the report that was seen
 * @param revision of the report with these changes
 * @param synced as in the report, changed or not
 * @param documents those that are new or in another state
 * @param withdrawn documents that are no longer there
 * @param health of checks that are new, have ended, or have servers of which something else is said
 * @param balance of groups of which something else is said
 * @param silent groups of which nothing is said any more
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ReportChanges(
        String forwarder,
        long since,
        long revision,
        boolean synced,
        SortedMap<DocumentId, DocumentState> documents,
        SortedSet<DocumentId> withdrawn,
        List<HealthChange> health,
        List<GroupBalance> balance,
        SortedSet<DocumentId> silent)
        implements ReportAnswer {

    public ReportChanges {
        documents = documents == null
                ? Collections.emptySortedMap()
                : Collections.unmodifiableSortedMap(new TreeMap<>(documents));
        withdrawn = set(withdrawn);
        health = health == null ? List.of() : List.copyOf(health);
        balance = balance == null ? List.of() : List.copyOf(balance);
        silent = set(silent);
    }

    private static <T> SortedSet<T> set(SortedSet<T> given) {
        return given == null ? Collections.emptySortedSet() : Collections.unmodifiableSortedSet(new TreeSet<>(given));
    }

    /**
     * @param check {@link GroupHealth#check}
     * @param now the check with those servers only of which something else is said than before; null: it has ended
     * @param gone servers that it no longer has
     */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record HealthChange(DocumentId group, long check, GroupHealth now, SortedSet<String> gone) {

        public HealthChange {
            gone = set(gone);
        }
    }
}
