package dev.slb.translate;

import dev.slb.api.LoadBalancer;
import dev.slb.api.ObjectRef;
import dev.slb.api.VServerGroup;
import dev.slb.plan.DocumentId;
import dev.slb.plan.GroupPlan;

import java.util.List;
import java.util.Optional;

/**
 * Translates a VServerGroup.
 *
 * <ul>
 *   <li>{@code Accepted}: its LoadBalancer exists and every field can be served. Pods that can't be used are left out one by one,
 *       each with its reason.
 *   <li>{@code ResolvedRefs}: always, since it refers to nothing but its LoadBalancer.
 * </ul>
 */
public final class VServerGroupTranslator {

    private VServerGroupTranslator() {}

    public static VServerGroupTranslation translate(VServerGroup group, Snapshot snapshot) {
        Subject subject = Subject.of(group);
        String namespace = group.getMetadata().getNamespace();
        DocumentId id = DocumentId.vServerGroup(namespace, group.getMetadata().getName());
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
        GroupServers servers = new GroupServers(
                group.getSpec().servers().stream().map(WeightedEntry::of).toList(),
                false,
                new ServerResolver(loadBalancer.get(), snapshot));
        return new VServerGroupTranslation(
                Outcome.publish(new GroupPlan(
                        id,
                        owner,
                        servers.plan(),
                        GroupServers.slowStartMillis(group.getSpec().slowStartSeconds()))),
                subject.accepted(servers.notes()),
                subject.resolved(),
                servers.resolved());
    }

    private static VServerGroupTranslation refused(Outcome<GroupPlan> outcome, Verdict verdict, Subject subject) {
        return new VServerGroupTranslation(outcome, verdict, subject.resolved(), List.of());
    }

    private static List<String> problems(VServerGroup group) {
        FieldProblems problems = new FieldProblems(group.unreadable());
        ServerChecks checks = new ServerChecks(problems);
        checks.group(group.getSpec().servers());
        checks.slowStart(group.getSpec().slowStartSeconds());
        return problems.list();
    }
}
