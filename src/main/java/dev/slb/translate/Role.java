package dev.slb.translate;

import dev.slb.api.RoleServer;
import dev.slb.api.ServerReason;
import dev.slb.plan.ServerPlan;
import dev.slb.plan.ServerRole;

import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * The server of one role of a master-slave group. Of several pods it is the oldest ready one, else the oldest. A master that is not
 * ready is left out, so that the slave takes over at once without waiting for probes; a slave may be unready, since there
 * is nothing else to fall back on.
 *
 * @param candidate null when nothing matches
 * @param reason why it is left out, or {@code SeveralPods}, or null
 */
record Role(ServerRole role, Candidate candidate, Integer port, ServerReason reason) {

    /** Without effect: one server of the two gets everything. */
    private static final long WEIGHT = 1;

    static Role of(ServerRole role, RoleServer server, ServerResolver resolver) {
        List<Role> all = resolver.candidates(server).stream()
                .map(candidate -> of(role, candidate, candidate.port(server.port())))
                .toList();
        List<Role> present = all.stream()
                .filter(each -> each.reason != ServerReason.Terminating)
                .toList();
        for (Predicate<Role> choice : List.<Predicate<Role>>of(Role::ready, Role::used)) {
            for (Role each : present) {
                if (choice.test(each)) {
                    return each.chosenOf(present.size());
                }
            }
        }
        return (present.isEmpty() ? all : present).stream().findFirst().orElse(new Role(role, null, null, null));
    }

    private static Role of(ServerRole role, Candidate candidate, Integer port) {
        boolean noPort = candidate.reason() == null && port == null;
        return new Role(role, candidate, port, noPort ? ServerReason.NoSuchPort : candidate.reason());
    }

    private Role chosenOf(int number) {
        if (role == ServerRole.MASTER && !candidate.ready()) {
            return new Role(role, candidate, port, ServerReason.NotReady);
        }
        return number == 1 ? this : new Role(role, candidate, port, ServerReason.SeveralPods);
    }

    /** Whether both are there and would be one server, in use or not. */
    boolean sameServerAs(Role other) {
        return candidate != null
                && other.candidate != null
                && candidate.address() != null
                && candidate.address().equals(other.candidate.address())
                && port != null
                && port.equals(other.port);
    }

    String describe() {
        return (candidate.podName() == null ? "" : "Pod " + candidate.podName() + " at ") + candidate.address()
                + " port " + port;
    }

    /** Null when nothing matches. */
    ResolvedServer resolved() {
        return candidate == null
                ? null
                : new ResolvedServer(
                        candidate.identity(),
                        used() ? id() : null,
                        entry(),
                        candidate.podName(),
                        candidate.address(),
                        port,
                        null,
                        candidate.zone(),
                        reason);
    }

    /** Null when it is left out. */
    ServerPlan plan() {
        return used()
                ? new ServerPlan(
                        id(),
                        candidate.podName() == null ? entry() : candidate.podName(),
                        candidate.address(),
                        port,
                        null,
                        WEIGHT,
                        candidate.zone(),
                        role,
                        role == ServerRole.MASTER && candidate.silent())
                : null;
    }

    private boolean used() {
        return candidate != null && (reason == null || !reason.leavesOut());
    }

    private boolean ready() {
        return used() && candidate.ready();
    }

    private String id() {
        return candidate.serverId(entry(), port);
    }

    private String entry() {
        return role.name().toLowerCase(Locale.ROOT);
    }
}
