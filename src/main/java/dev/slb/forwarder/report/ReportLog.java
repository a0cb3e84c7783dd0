package dev.slb.forwarder.report;

import dev.slb.forwarder.transport.TimeSource;
import dev.slb.plan.BackendPort;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.ForwarderReport.GroupHealth;
import dev.slb.plan.ForwarderReport.ServerHealth;
import dev.slb.plan.GroupBalance;
import dev.slb.plan.ReportChanges;
import dev.slb.plan.ReportChanges.HealthChange;
import dev.slb.plan.ServerRole;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The report as it stands, and in which order its parts have changed: who has seen a revision is told what came after it, at the cost
 * of what has changed and not of what there is. Thread-safe.
 */
final class ReportLog {

    /**
     * Parts that are gone are remembered for those who have seen them, up to so many. Who has seen nothing for longer is told
     * everything.
     */
    static final int MOST_GONE = 10_000;

    /** More than there are changes in a millisecond, so that no two lives of a forwarder have a revision in common. */
    private static final long PER_MILLI = 1_000;

    private final String forwarder;
    private final SortedMap<DocumentId, Document> documents = new TreeMap<>();
    private final SortedMap<DocumentId, Balance> balances = new TreeMap<>();
    private final Map<Long, Check> checks = new HashMap<>();

    /** By the revision that brought what is said of it now. */
    private final TreeMap<Long, Part> parts = new TreeMap<>();

    private final Deque<Part> gone = new ArrayDeque<>();
    private long revision;
    /** What went before is forgotten. */
    private long remembered;

    private long lastCheck;
    private boolean synced;

    /** What is told by itself. */
    private abstract class Part {
        private long changed;
        boolean isGone;

        final void change() {
            parts.remove(changed);
            changed = ++revision;
            parts.put(changed, this);
        }

        final void end() {
            isGone = true;
            change();
            gone.add(this);
            if (gone.size() > MOST_GONE) {
                gone.remove().forget();
            }
        }

        private void forget() {
            remembered = changed;
            parts.remove(changed);
        }

        final void drop() {
            parts.remove(changed);
        }

        abstract void addTo(Told told);
    }

    private final class Document extends Part {
        private final DocumentId id;
        private DocumentState state;

        Document(DocumentId id) {
            this.id = id;
        }

        @Override
        void addTo(Told told) {
            if (isGone) {
                told.withdrawn.add(id);
            } else {
                told.documents.put(id, state);
            }
        }
    }

    private final class Balance extends Part {
        private final DocumentId group;
        private GroupBalance answer;

        Balance(DocumentId group) {
            this.group = group;
        }

        @Override
        void addTo(Told told) {
            if (isGone) {
                told.silent.add(group);
            } else {
                told.balance.add(answer);
            }
        }
    }

    /** A group by one specification of checks. */
    private final class Check extends Part {
        private final long number;
        private final DocumentId group;
        private final BackendPort port;
        private final SortedMap<String, Server> servers = new TreeMap<>();
        private SortedSet<DocumentId> listeners = new TreeSet<>();
        private ServerRole active;

        Check(long number, DocumentId group, BackendPort port) {
            this.number = number;
            this.group = group;
            this.port = port;
        }

        GroupHealth with(List<ServerHealth> some) {
            return new GroupHealth(number, group, port, listeners, active, some);
        }

        GroupHealth whole() {
            return with(servers.values().stream().map(each -> each.health).toList());
        }

        @Override
        void addTo(Told told) {
            told.of(this);
        }
    }

    private final class Server extends Part {
        private final Check check;
        private final String id;
        private ServerHealth health;

        Server(Check check, String id) {
            this.check = check;
            this.id = id;
        }

        @Override
        void addTo(Told told) {
            if (isGone) {
                told.of(check).gone.add(id);
            } else {
                told.of(check).servers.put(id, health);
            }
        }
    }

    /** What one reader is told. */
    private static final class Told {
        private final SortedMap<DocumentId, DocumentState> documents = new TreeMap<>();
        private final SortedSet<DocumentId> withdrawn = new TreeSet<>();
        private final Map<Check, ToldCheck> checks = new LinkedHashMap<>();
        private final List<GroupBalance> balance = new ArrayList<>();
        private final SortedSet<DocumentId> silent = new TreeSet<>();

        ToldCheck of(Check check) {
            return checks.computeIfAbsent(check, absent -> new ToldCheck());
        }
    }

    private static final class ToldCheck {
        private final SortedMap<String, ServerHealth> servers = new TreeMap<>();
        private final SortedSet<String> gone = new TreeSet<>();

        HealthChange of(Check check) {
            gone.removeAll(servers.keySet());
            return new HealthChange(
                    check.group, check.number, check.isGone ? null : check.with(List.copyOf(servers.values())), gone);
        }
    }

    ReportLog(String forwarder, TimeSource time) {
        this.forwarder = forwarder;
        this.revision = time.currentTimeMillis() * PER_MILLI;
        this.remembered = revision;
    }

    synchronized long revision() {
        return revision;
    }

    /** Makes changes that belong together: nobody is told of a part of them. */
    synchronized void atOnce(Runnable changes) {
        changes.run();
    }

    synchronized void synced(boolean now) {
        if (synced != now) {
            synced = now;
            revision++;
        }
    }

    /** @param state null: it was withdrawn */
    synchronized void document(DocumentId id, DocumentState state) {
        if (state == null) {
            Document before = documents.remove(id);
            if (before != null) {
                before.end();
            }
            return;
        }
        Document document = documents.computeIfAbsent(id, Document::new);
        if (!state.equals(document.state)) {
            document.state = state;
            document.change();
        }
    }

    /** What is known of a document, null for nothing. */
    synchronized DocumentState document(DocumentId id) {
        Document document = documents.get(id);
        return document == null ? null : document.state;
    }

    /** @param answers one for each group of which there is something to say */
    synchronized void balance(List<GroupBalance> answers) {
        Map<DocumentId, Balance> before = new HashMap<>(balances);
        for (GroupBalance answer : answers) {
            before.remove(answer.group());
            Balance balance = balances.computeIfAbsent(answer.group(), Balance::new);
            if (!answer.equals(balance.answer)) {
                balance.answer = answer;
                balance.change();
            }
        }
        before.forEach((group, balance) -> {
            balances.remove(group);
            balance.end();
        });
    }

    /** @return the number of a new check of the group, of which nothing is known yet */
    synchronized long newCheck(DocumentId group, BackendPort port) {
        Check check = new Check(++lastCheck, group, port);
        checks.put(check.number, check);
        check.change();
        return check.number;
    }

    /** @param servers all of them, by id */
    synchronized void check(
            long number, SortedSet<DocumentId> listeners, ServerRole active, SortedMap<String, ServerHealth> servers) {
        Check check = checks.get(number);
        if (check.active != active || !check.listeners.equals(listeners)) {
            check.listeners = listeners;
            check.active = active;
            check.change();
        }
        check.servers.values().removeIf(server -> {
            boolean leaves = !servers.containsKey(server.id);
            if (leaves) {
                server.end();
            }
            return leaves;
        });
        servers.forEach((id, health) -> {
            Server server = check.servers.computeIfAbsent(id, absent -> new Server(check, absent));
            if (!health.equals(server.health)) {
                server.health = health;
                server.change();
            }
        });
    }

    synchronized void endCheck(long number) {
        Check check = checks.remove(number);
        check.servers.values().forEach(Part::drop);
        check.servers.clear();
        check.end();
    }

    synchronized ForwarderReport whole() {
        SortedMap<DocumentId, DocumentState> states = new TreeMap<>();
        documents.forEach((id, document) -> states.put(id, document.state));
        List<GroupHealth> health = checks.values().stream()
                .map(Check::whole)
                .sorted(Comparator.comparing(GroupHealth::group)
                        .thenComparing(each -> String.valueOf(each.port()))
                        .thenComparing(each -> each.listeners().toString()))
                .toList();
        return new ForwarderReport(
                forwarder,
                revision,
                synced,
                states,
                health,
                balances.values().stream().map(each -> each.answer).toList());
    }

    /** What has changed since a revision; empty when that is not known any more, or was not in this life of the forwarder. */
    synchronized Optional<ReportChanges> since(long seen) {
        if (seen < remembered || seen > revision) {
            return Optional.empty();
        }
        Told told = new Told();
        parts.tailMap(seen, false).values().forEach(part -> part.addTo(told));
        // What went and came back is there.
        told.withdrawn.removeAll(told.documents.keySet());
        told.balance.forEach(each -> told.silent.remove(each.group()));
        List<HealthChange> health = new ArrayList<>();
        told.checks.forEach((check, what) -> health.add(what.of(check)));
        return Optional.of(new ReportChanges(
                forwarder, seen, revision, synced, told.documents, told.withdrawn, health, told.balance, told.silent));
    }
}
