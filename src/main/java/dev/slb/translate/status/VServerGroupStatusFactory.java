package dev.slb.translate.status;

import dev.slb.api.ServerCounts;
import dev.slb.api.ServerReason;
import dev.slb.api.ServerStatus;
import dev.slb.api.VServerGroup;
import dev.slb.api.VServerGroupStatus;
import dev.slb.plan.Health;
import dev.slb.translate.ResolvedServer;
import dev.slb.translate.Subject;
import dev.slb.translate.VServerGroupTranslation;
import dev.slb.translate.Verdict;
import io.fabric8.kubernetes.api.model.Condition;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Makes the status of a VServerGroup. */
public final class VServerGroupStatusFactory {

    /** What the schema of the status allows. */
    private static final int MAX_SERVERS = 200;

    private VServerGroupStatusFactory() {}

    /**
     * @param previous conditions of the status before
     * @return equal to the previous status when nothing changed
     */
    public static VServerGroupStatus status(
            VServerGroup group,
            VServerGroupTranslation translation,
            ForwarderReports reports,
            List<Condition> previous,
            Instant now) {
        Verdict programmed = Programming.of(translation, reports).verdict();
        Optional<GroupView> view = GroupView.of(translation.outcome(), reports);
        Verdict ready = ReadyCondition.of(
                group, translation, programmed, view.flatMap(each -> each.unmet(translation.servers())), previous);
        Optional<BalancedCondition> balance =
                view.flatMap(each -> BalancedCondition.of(Subject.of(group), reports.balance(each.group())));
        Long generation = group.getMetadata().getGeneration();
        return new VServerGroupStatus(
                generation,
                StatusConditions.of(translation, programmed, ready, balance, previous, generation, now),
                view.map(each -> summary(translation.servers(), each)).orElse(null),
                view.map(each -> servers(translation.servers(), each)).orElse(List.of()));
    }

    private static ServerCounts summary(List<ResolvedServer> servers, GroupView view) {
        List<Health> used = servers.stream()
                .filter(ResolvedServer::used)
                .map(server -> view.health(server.id()))
                .toList();
        return ServerHealths.counts(servers.size(), used);
    }

    /** Of too many, those that are used come first. */
    private static List<ServerStatus> servers(List<ResolvedServer> servers, GroupView view) {
        return servers.stream()
                .sorted(Comparator.comparing(server -> !server.used()))
                .limit(MAX_SERVERS)
                .map(server -> status(server, view))
                .sorted(Comparator.comparing(ServerStatus::name)
                        .thenComparing(ServerStatus::pod, Comparator.nullsFirst(Comparator.naturalOrder())))
                .toList();
    }

    private static ServerStatus status(ResolvedServer server, GroupView view) {
        return new ServerStatus(
                server.entry(),
                server.pod(),
                server.address(),
                server.port(),
                server.weight(),
                server.used() ? ServerHealths.health(view.health(server.id())) : null,
                server.zone(),
                reason(server, view));
    }

    private static ServerReason reason(ResolvedServer server, GroupView view) {
        boolean paused = server.reason() == null && view.isPaused(server.id());
        return paused ? ServerReason.Paused : server.reason();
    }
}
