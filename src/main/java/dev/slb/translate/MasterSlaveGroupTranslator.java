package dev.slb.translate;

import dev.slb.api.LoadBalancer;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.MasterSlaveGroupSpec;
import dev.slb.api.ObjectRef;
import dev.slb.plan.DocumentId;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.ServerPlan;
import dev.slb.plan.ServerRole;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Translates a MasterSlaveGroup.
 *
 * <ul>
 *   <li>{@code Accepted}: its LoadBalancer exists, every field can be served, and master and slave are not the same server.
 *   <li>{@code ResolvedRefs}: always, since it refers to nothing but its LoadBalancer.
 * </ul>
 */
public final class MasterSlaveGroupTranslator {

    private MasterSlaveGroupTranslator() {}

    public static MasterSlaveGroupTranslation translate(MasterSlaveGroup group, Snapshot snapshot) {
        Subject subject = Subject.of(group);
        String namespace = group.getMetadata().getNamespace();
        DocumentId id =
                DocumentId.masterSlaveGroup(namespace, group.getMetadata().getName());
        ObjectRef ref = group.getSpec() == null ? null : group.getSpec().loadBalancerRef();
        if (ref == null || ref.name() == null) {
            return refused(
                    subject.withoutLoadBalancer(id, group.unreadable()),
                    subject.withoutLoadBalancer(group.unreadable()),
                    subject);
        }
        Optional<LoadBalancer> loadBalancer = snapshot.loadBalancer(namespace, ref.name());
        if (loadBalancer.isEmpty()) {
            return refused(Outcome.withdraw(id), subject.loadBalancerNotFound(namespace, ref.name()), subject);
        }
        DocumentId owner = DocumentId.loadBalancer(namespace, ref.name());
        List<String> problems = problems(group);
        if (!problems.isEmpty()) {
            return refused(
                    Outcome.keepLast(id, owner), subject.notAccepted(ConditionReason.Invalid, problems), subject);
        }
        ServerResolver resolver = new ServerResolver(loadBalancer.get(), snapshot);
        Role master = Role.of(ServerRole.MASTER, group.getSpec().master(), resolver);
        Role slave = Role.of(ServerRole.SLAVE, group.getSpec().slave(), resolver);
        if (master.sameServerAs(slave)) {
            List<String> same = List.of("spec.slave: is the same server as spec.master, " + slave.describe());
            return refused(Outcome.keepLast(id, owner), subject.notAccepted(ConditionReason.Invalid, same), subject);
        }
        List<ServerPlan> servers = Stream.of(master, slave)
                .map(Role::plan)
                .filter(Objects::nonNull)
                .toList();
        return new MasterSlaveGroupTranslation(
                Outcome.publish(new GroupPlan(id, owner, servers)),
                subject.accepted(List.of()),
                subject.resolved(),
                master.resolved(),
                slave.resolved());
    }

    private static List<String> problems(MasterSlaveGroup group) {
        MasterSlaveGroupSpec spec = group.getSpec();
        FieldProblems problems = new FieldProblems(group.unreadable());
        ServerChecks checks = new ServerChecks(problems);
        checks.role(spec.master(), "spec.master");
        checks.role(spec.slave(), "spec.slave");
        problems.require(
                spec.master() == null || !spec.master().equals(spec.slave()),
                "spec.slave",
                "is the same server as spec.master");
        return problems.list();
    }

    private static MasterSlaveGroupTranslation refused(Outcome<GroupPlan> outcome, Verdict verdict, Subject subject) {
        return new MasterSlaveGroupTranslation(outcome, verdict, subject.resolved(), null, null);
    }
}
