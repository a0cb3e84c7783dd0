package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What one forwarder serves and sees.
 *
 * @param forwarder name of the instance, in a cluster its pod's
 * @param revision grows with every change of this report, counters aside; for long polling. Two lives of a forwarder have none in common
 * @param synced whether a whole delivery was taken since the process started
 * @param documents every document that was delivered and not withdrawn
 * @param health one entry per group, port and check specification
 * @param balance sorted by group; one entry for each group of which there is something to say
 */
public record ForwarderReport(
        String forwarder,
        long revision,
        boolean synced,
        SortedMap<DocumentId, DocumentState> documents,
        List<GroupHealth> health,
        List<GroupBalance> balance)
        implements ReportAnswer {

    public ForwarderReport {
        documents = Collections.unmodifiableSortedMap(new TreeMap<>(documents));
        health = List.copyOf(health);
        // A forwarder of an earlier version does not say.
        balance = balance == null ? List.of() : List.copyOf(balance);
    }

    /** Without any comparison. */
    public ForwarderReport(
            String forwarder,
            long revision,
            boolean synced,
            SortedMap<DocumentId, DocumentState> documents,
            List<GroupHealth> health) {
        this(forwarder, revision, synced, documents, health, List.of());
    }

    /**
     * @param serving version in use, null when none is
     * @param refused version that was not taken, null when none was
     * @param message why it was refused, or what it waits for
     * @param kept what goes on as before, where the version in use says {@link Action.Keep}
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record DocumentState(
            String serving,
            String refused,
            String message,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Kept> kept) {

        public DocumentState {
            // Nothing is what most keep, and all forwarders of an earlier version.
            kept = kept == null ? List.of() : List.copyOf(kept);
        }

        /** Of a version that does as it says. */
        public DocumentState(String serving, String refused, String message) {
            this(serving, refused, message, List.of());
        }
    }

    /**
     * What a listener does as before, since a reference can't be used.
     *
     * @param rule null: what no rule matches
     * @param action {@link Action.Forward}, without its health check, or {@link Action.Redirect}
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Kept(String rule, Action action) {

        /** The check may have certificates in it, and its verdicts are in the report. */
        public static Kept of(String rule, Action action) {
            return new Kept(
                    rule,
                    action instanceof Action.Forward forward
                            ? new Action.Forward(
                                    forward.group(), forward.port(), forward.scheduler(), null, forward.persistence())
                            : action);
        }
    }

    /**
     * @param check number of the check while the forwarder lives; null from those of an earlier release
     * @param listeners those that use the group with this check
     * @param port the listeners' port where the group is a default pool, else null
     * @param active master-slave groups: the role that gets new connections, null when none does
     * @param servers sorted by id
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record GroupHealth(
            Long check,
            DocumentId group,
            BackendPort port,
            SortedSet<DocumentId> listeners,
            ServerRole active,
            List<ServerHealth> servers) {

        public GroupHealth {
            listeners = Collections.unmodifiableSortedSet(new TreeSet<>(listeners));
            servers = List.copyOf(servers);
        }

        /** Of a check without a number. */
        public GroupHealth(
                DocumentId group,
                BackendPort port,
                SortedSet<DocumentId> listeners,
                ServerRole active,
                List<ServerHealth> servers) {
            this(null, group, port, listeners, active, servers);
        }
    }

    /**
     * @param server {@link ServerPlan#id}
     * @param cause why it is abnormal, for people; null otherwise
     * @param paused why traffic leaves it out for a while, whatever its health: how the last connection or request has failed. Null
     *     otherwise, and of all forwarders of an earlier version
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ServerHealth(String server, Health health, String cause, String paused) {

        /** Of one that is not left out. */
        public ServerHealth(String server, Health health, String cause) {
            this(server, health, cause, null);
        }

        /** What two checks, or two forwarders, say together: the worse counts. */
        public ServerHealth and(ServerHealth other) {
            ServerHealth worse = health.worse(other.health) == health ? this : other;
            return new ServerHealth(worse.server, worse.health, worse.cause, paused == null ? other.paused : paused);
        }

        /** Whether its checks, if there are any, say well of it. */
        @JsonIgnore
        public boolean isGood() {
            return health == Health.NORMAL || health == Health.UNCHECKED;
        }

        /** Whether it gets something new, its weight aside. */
        public boolean takesNew() {
            return paused == null && isGood();
        }
    }
}
