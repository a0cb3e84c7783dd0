package dev.slb.translate.status;

import dev.slb.api.ActiveRole;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.MasterSlaveGroupStatus;
import dev.slb.api.RoleStatus;
import dev.slb.plan.ServerPlan;
import dev.slb.plan.ServerRole;
import dev.slb.translate.MasterSlaveGroupTranslation;
import dev.slb.translate.ResolvedServer;
import dev.slb.translate.Verdict;
import io.fabric8.kubernetes.api.model.Condition;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Makes the status of a MasterSlaveGroup. */
public final class MasterSlaveGroupStatusFactory {

    private MasterSlaveGroupStatusFactory() {}

    /**
     * @param previous conditions of the status before
     * @return equal to the previous status when nothing changed
     */
    public static MasterSlaveGroupStatus status(
            MasterSlaveGroup group,
            MasterSlaveGroupTranslation translation,
            ForwarderReports reports,
            List<Condition> previous,
            Instant now) {
        Verdict programmed = Programming.of(translation, reports).verdict();
        Optional<GroupView> view = GroupView.of(translation.outcome(), reports);
        List<ResolvedServer> roles = Stream.of(translation.master(), translation.slave())
                .filter(Objects::nonNull)
                .toList();
        Verdict ready = ReadyCondition.of(
                group,
                translation,
                programmed,
                view.flatMap(each -> each.unmet(roles)),
                previous,
                ready(translation.slave()));
        Long generation = group.getMetadata().getGeneration();
        return new MasterSlaveGroupStatus(
                generation,
                StatusConditions.of(translation, programmed, ready, previous, generation, now),
                view.map(MasterSlaveGroupStatusFactory::active).orElse(null),
                view.map(each -> role(translation.master(), each)).orElse(null),
                view.map(each -> role(translation.slave(), each)).orElse(null));
    }

    private static String ready(ResolvedServer slave) {
        return slave != null && slave.used() ? "ready" : "ready, but there is no slave that could take over";
    }

    /** Where forwarders differ, the farthest from the master. Without a listener, the role that would get connections. */
    private static ActiveRole active(GroupView view) {
        if (!view.reported().isEmpty()) {
            return view.reported().stream()
                    .map(GroupReport::active)
                    .map(MasterSlaveGroupStatusFactory::active)
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
        }
        return view.servers().stream()
                .map(ServerPlan::role)
                .map(MasterSlaveGroupStatusFactory::active)
                .min(Comparator.naturalOrder())
                .orElse(ActiveRole.None);
    }

    private static ActiveRole active(ServerRole role) {
        if (role == null) {
            return ActiveRole.None;
        }
        return role == ServerRole.MASTER ? ActiveRole.Master : ActiveRole.Slave;
    }

    private static RoleStatus role(ResolvedServer server, GroupView view) {
        return server == null
                ? null
                : new RoleStatus(
                        server.pod(),
                        server.address(),
                        server.port(),
                        server.used() ? ServerHealths.health(view.health(server.id())) : null,
                        server.reason());
    }
}
