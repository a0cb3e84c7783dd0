package dev.slb.control;

import dev.slb.api.Listener;
import dev.slb.api.LoadBalancer;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.ObjectRef;
import dev.slb.api.ServerSource;
import dev.slb.api.VServerGroup;
import dev.slb.plan.DocumentId;
import dev.slb.translate.LabelSelectors;
import dev.slb.translate.PodFacts;
import io.fabric8.kubernetes.api.model.HasMetadata;

import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** What objects name. Anything may be missing in an object; what it should be is for translation to say. */
final class References {

    private References() {}

    /** The LoadBalancer that a listener or group belongs to by its own words; null when it says none. */
    static DocumentId loadBalancer(HasMetadata object) {
        ObjectRef ref = null;
        if (object instanceof Listener listener && listener.getSpec() != null) {
            ref = listener.getSpec().loadBalancerRef();
        } else if (object instanceof VServerGroup group && group.getSpec() != null) {
            ref = group.getSpec().loadBalancerRef();
        } else if (object instanceof MasterSlaveGroup group && group.getSpec() != null) {
            ref = group.getSpec().loadBalancerRef();
        }
        return ref == null || ref.name() == null
                ? null
                : DocumentId.loadBalancer(object.getMetadata().getNamespace(), ref.name());
    }

    /** Whether a listener or one of its rules names a group of this name, of either kind. */
    static boolean namesGroup(Listener listener, String group) {
        if (listener.getSpec() == null) {
            return false;
        }
        return (listener.getSpec().serverGroupRef() != null
                        && group.equals(listener.getSpec().serverGroupRef().name()))
                || listener.getSpec().rules().stream()
                        .anyMatch(rule -> rule.serverGroupRef() != null
                                && group.equals(rule.serverGroupRef().name()));
    }

    /** The names of the Secrets and ConfigMaps that an object names; which of the two kinds is not always said. */
    static Set<String> secrets(HasMetadata object) {
        return NamedSecrets.of(object).secrets();
    }

    /** Where the servers of a LoadBalancer's default pool or of a group come from. */
    static Stream<? extends ServerSource> servers(HasMetadata object) {
        if (object instanceof LoadBalancer loadBalancer && loadBalancer.getSpec() != null) {
            return loadBalancer.getSpec().servers().stream();
        } else if (object instanceof VServerGroup group && group.getSpec() != null) {
            return group.getSpec().servers().stream();
        } else if (object instanceof MasterSlaveGroup group && group.getSpec() != null) {
            return Stream.of(group.getSpec().master(), group.getSpec().slave()).filter(Objects::nonNull);
        }
        return Stream.empty();
    }

    static boolean selects(HasMetadata object, PodFacts pod) {
        return servers(object)
                .anyMatch(source -> pod.name().equals(source.podName())
                        || (source.podSelector() != null
                                && LabelSelectors.matches(source.podSelector(), pod.labels())));
    }
}
