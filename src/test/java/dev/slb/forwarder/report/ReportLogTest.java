package dev.slb.forwarder.report;

import dev.slb.forwarder.transport.TimeSource;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.ForwarderReport.GroupHealth;
import dev.slb.plan.ForwarderReport.ServerHealth;
import dev.slb.plan.GroupBalance;
import dev.slb.plan.Health;
import dev.slb.plan.PlanJson;
import dev.slb.plan.ReportAnswer;
import dev.slb.plan.ReportChanges;
import dev.slb.plan.ReportChanges.HealthChange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;

class ReportLogTest {

    private final ReportLog log = new ReportLog("forwarder-0", TimeSource.SYSTEM);

    private static DocumentId group(int i) {
        return DocumentId.vServerGroup("shop", "g" + i);
    }

    private static SortedMap<String, ServerHealth> servers(Random random, int most) {
        SortedMap<String, ServerHealth> servers = new TreeMap<>();
        for (int i = 0; i < most; i++) {
            if (random.nextInt(4) > 0) {
                Health health = random.nextInt(5) > 0 ? Health.NORMAL : Health.ABNORMAL;
                servers.put("s" + i, new ServerHealth("s" + i, health, null));
            }
        }
        return servers;
    }

    /** What a reader has that knows one report, and is told of changes. */
    private static ForwarderReport with(ForwarderReport before, ReportChanges changes) {
        assertThat(changes.since()).isEqualTo(before.revision());
        TreeMap<DocumentId, DocumentState> documents = new TreeMap<>(before.documents());
        documents.keySet().removeAll(changes.withdrawn());
        documents.putAll(changes.documents());
        Map<Long, GroupHealth> checks =
                before.health().stream().collect(Collectors.toMap(GroupHealth::check, each -> each));
        for (HealthChange change : changes.health()) {
            GroupHealth known = checks.remove(change.check());
            if (change.now() != null) {
                TreeMap<String, ServerHealth> servers = new TreeMap<>();
                if (known != null) {
                    known.servers().forEach(each -> servers.put(each.server(), each));
                }
                servers.keySet().removeAll(change.gone());
                change.now().servers().forEach(each -> servers.put(each.server(), each));
                GroupHealth now = change.now();
                checks.put(
                        change.check(),
                        new GroupHealth(
                                now.check(),
                                now.group(),
                                now.port(),
                                now.listeners(),
                                now.active(),
                                List.copyOf(servers.values())));
            }
        }
        TreeMap<DocumentId, GroupBalance> balance = new TreeMap<>();
        before.balance().forEach(each -> balance.put(each.group(), each));
        balance.keySet().removeAll(changes.silent());
        changes.balance().forEach(each -> balance.put(each.group(), each));
        return new ForwarderReport(
                changes.forwarder(),
                changes.revision(),
                changes.synced(),
                documents,
                sorted(new ArrayList<>(checks.values())),
                List.copyOf(balance.values()));
    }

    private static List<GroupHealth> sorted(List<GroupHealth> health) {
        health.sort(Comparator.comparing(GroupHealth::check));
        return health;
    }

    private ForwarderReport whole() {
        ForwarderReport whole = log.whole();
        return new ForwarderReport(
                whole.forwarder(),
                whole.revision(),
                whole.synced(),
                whole.documents(),
                sorted(new ArrayList<>(whole.health())),
                whole.balance());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whoeverIsToldOfAllChangesKnowsTheWholeReport(long seed) {
        Random random = new Random(seed);
        TreeMap<Integer, Long> checks = new TreeMap<>();
        List<ForwarderReport> readers = new ArrayList<>(List.of(whole(), whole(), whole()));
        for (int step = 0; step < 2_000; step++) {
            int which = random.nextInt(6);
            DocumentId id = group(which);
            switch (random.nextInt(6)) {
                case 0 -> log.document(id, new DocumentState("v" + random.nextInt(3), null, null));
                case 1 -> log.document(id, null);
                case 2 -> log.synced(random.nextBoolean());
                case 3 ->
                    log.balance(random.ints(2, 0, 6)
                            .distinct()
                            .mapToObj(i ->
                                    GroupBalance.notCompared(group(i), GroupBalance.Reason.values()[random.nextInt(2)]))
                            .toList());
                case 4 -> {
                    if (checks.containsKey(which)) {
                        log.endCheck(checks.remove(which));
                    }
                }
                default -> {
                    SortedSet<DocumentId> listeners = new TreeSet<>(List.of(DocumentId.listener("shop", "web")));
                    if (random.nextInt(4) == 0) {
                        listeners.add(DocumentId.listener("shop", "other"));
                    }
                    log.check(
                            checks.computeIfAbsent(which, absent -> log.newCheck(id, null)),
                            listeners,
                            null,
                            servers(random, 5));
                }
            }
            int reader = random.nextInt(30);
            if (reader < readers.size()) {
                ReportChanges changes =
                        log.since(readers.get(reader).revision()).orElseThrow();
                ReportAnswer read = PlanJson.read(PlanJson.write(changes), ReportAnswer.class);
                assertThat(read).isEqualTo(changes);
                readers.set(reader, with(readers.get(reader), changes));
                assertThat(readers.get(reader))
                        .as("seed %s, step %s", seed, step)
                        .isEqualTo(whole());
            }
        }
    }

    @Test
    void whatIsSaidAgainIsNoChange() {
        SortedMap<String, ServerHealth> servers = servers(new Random(1), 5);
        long check = log.newCheck(group(1), null);
        for (int i = 0; i < 2; i++) {
            log.document(group(1), new DocumentState("v", null, null));
            log.check(check, new TreeSet<>(), null, new TreeMap<>(servers));
            log.synced(true);
            log.balance(List.of());
        }
        long revision = log.revision();

        log.document(group(1), new DocumentState("v", null, null));
        log.check(check, new TreeSet<>(), null, new TreeMap<>(servers));

        assertThat(log.revision()).isEqualTo(revision);
    }

    @Test
    void whatIsGoneIsRememberedForAWhileOnly() {
        long first = log.revision();
        log.document(group(1), new DocumentState("v", null, null));
        log.document(group(1), null);
        long second = log.revision();
        assertThat(log.since(first)).isPresent();

        for (int i = 0; i < ReportLog.MOST_GONE; i++) {
            log.document(group(2), new DocumentState("v" + i, null, null));
            log.document(group(2), null);
        }

        assertThat(log.since(first))
                .as("it would not hear that the first has gone")
                .isEmpty();
        assertThat(log.since(second)).isPresent();
        assertThat(log.since(log.revision() + 1)).as("of another life").isEmpty();
    }
}
