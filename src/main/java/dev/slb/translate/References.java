package dev.slb.translate;

import dev.slb.api.ApiObject;
import dev.slb.api.GroupKind;
import dev.slb.api.GroupRef;
import dev.slb.api.Listener;
import dev.slb.api.ListenerSpec;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.ObjectRef;
import dev.slb.api.Protocol;
import dev.slb.api.Rule;
import dev.slb.api.VServerGroup;
import dev.slb.plan.DocumentId;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/** What one listener refers to, and what of it can't be used. References that are not even complete are left out. */
final class References {

    private final String namespace;
    private final String loadBalancer;
    private final Snapshot snapshot;

    private final List<Target> broken = new ArrayList<>();
    private final ListenerSecrets secrets;
    private final Target own;
    private final List<Target> rules;

    /** @param listener has a spec with a loadBalancerRef */
    References(Listener listener, Snapshot snapshot) {
        ListenerSpec spec = listener.getSpec();
        this.namespace = listener.getMetadata().getNamespace();
        this.loadBalancer = spec.loadBalancerRef().name();
        this.snapshot = snapshot;
        this.secrets = new ListenerSecrets(namespace, spec, snapshot);
        this.broken.addAll(secrets.broken());
        this.own = spec.redirect() != null
                ? redirect(spec.redirect().port())
                : group(spec.serverGroupRef(), Listening.isLayer7(spec.protocol()));
        this.rules = spec.redirect() != null
                ? List.of()
                : IntStream.range(0, spec.rules().size())
                        .mapToObj(i -> group(i, spec.rules().get(i)))
                        .toList();
    }

    /**
     * @param group null for a redirect, and for what can't be used
     * @param reason why it can't be used; null when it can
     */
    record Target(DocumentId group, ConditionReason reason, String message) {
        boolean usable() {
            return reason == null;
        }
    }

    /** The group or the redirect of the listener itself, null when it has none. */
    Target own() {
        return own;
    }

    /** One for each rule, in their order. */
    List<Target> rules() {
        return rules;
    }

    /** Certificates and keys. */
    ListenerSecrets secrets() {
        return secrets;
    }

    Verdict verdict(Subject subject) {
        return broken.isEmpty()
                ? subject.resolved()
                : subject.notResolved(
                        broken.get(0).reason(),
                        broken.stream().map(Target::message).toList());
    }

    private Target redirect(Integer port) {
        boolean found = snapshot.listenersOf(namespace, loadBalancer).stream()
                .anyMatch(listener -> listener.getSpec().protocol() == Protocol.HTTPS
                        && Objects.equals(listener.getSpec().port(), port));
        return found
                ? new Target(null, null, null)
                : broken(
                        ConditionReason.RedirectTargetNotFound,
                        "spec.redirect.port",
                        "LoadBalancer " + namespace + "/" + loadBalancer + " has no HTTPS listener on port " + port);
    }

    private Target group(GroupRef ref, boolean layer7) {
        String path = "spec.serverGroupRef";
        if (ref == null || ref.name() == null || ref.kind() == null || ref.kind() == GroupKind.Unknown) {
            return null;
        }
        if (ref.kind() == GroupKind.VServerGroup) {
            return vServerGroup(ref.name(), path);
        }
        if (layer7) {
            return broken(
                    ConditionReason.KindNotAllowed,
                    path,
                    masterSlaveGroup(ref.name()) + " can only be used by layer 4");
        }
        Optional<MasterSlaveGroup> group = snapshot.masterSlaveGroup(namespace, ref.name());
        if (group.isEmpty()) {
            return broken(ConditionReason.GroupNotFound, path, masterSlaveGroup(ref.name()) + " does not exist");
        }
        ObjectRef owner =
                group.get().getSpec() == null ? null : group.get().getSpec().loadBalancerRef();
        DocumentId id = DocumentId.masterSlaveGroup(namespace, ref.name());
        return owned(id, group.get(), owner, masterSlaveGroup(ref.name()), path);
    }

    private Target group(int index, Rule rule) {
        String path = FieldProblems.entry("spec.rules", index, rule.name()) + ".serverGroupRef";
        if (rule.serverGroupRef() == null || rule.serverGroupRef().name() == null) {
            return null;
        }
        String name = rule.serverGroupRef().name();
        boolean otherKind = snapshot.vServerGroup(namespace, name).isEmpty()
                && snapshot.masterSlaveGroup(namespace, name).isPresent();
        return otherKind
                ? broken(ConditionReason.KindNotAllowed, path, masterSlaveGroup(name) + " can't be used in rules")
                : vServerGroup(name, path);
    }

    private Target vServerGroup(String name, String path) {
        String described = Subject.describe(GroupKind.VServerGroup.name(), namespace, name);
        Optional<VServerGroup> group = snapshot.vServerGroup(namespace, name);
        if (group.isEmpty()) {
            return broken(ConditionReason.GroupNotFound, path, described + " does not exist");
        }
        ObjectRef owner =
                group.get().getSpec() == null ? null : group.get().getSpec().loadBalancerRef();
        return owned(DocumentId.vServerGroup(namespace, name), group.get(), owner, described, path);
    }

    private String masterSlaveGroup(String name) {
        return Subject.describe(GroupKind.MasterSlaveGroup.name(), namespace, name);
    }

    /** One that does not say whose it is since that can't be read goes on as it was. */
    private Target owned(DocumentId id, ApiObject<?, ?> group, ObjectRef owner, String described, String path) {
        String ownerName = owner == null ? null : owner.name();
        boolean unknown = ownerName == null && !group.unreadable().isEmpty();
        return unknown || Objects.equals(ownerName, loadBalancer)
                ? new Target(id, null, null)
                : broken(
                        ConditionReason.GroupOfOtherLoadBalancer,
                        path,
                        described + " belongs to LoadBalancer " + namespace + "/" + ownerName);
    }

    private Target broken(ConditionReason reason, String path, String message) {
        Target target = new Target(null, reason, path + ": " + message);
        broken.add(target);
        return target;
    }
}
