package dev.slb.translate;

import dev.slb.api.ServerReason;
import io.fabric8.kubernetes.api.model.IntOrString;

import java.util.Comparator;

/**
 * A pod or an address that an entry names or selects.
 *
 * @param identity equal for the same pod (its UID) or the same address
 * @param pod null for an address, and for a named pod that does not exist
 * @param podName null for an address
 * @param address null while the pod has none
 * @param reason why it can't be used, whatever the port and readiness; null when it can
 */
public record Candidate(
        String identity, PodFacts pod, String podName, String address, String zone, ServerReason reason) {

    /** Addresses, which the user wrote down one by one, before pods; pods from the oldest on. */
    static final Comparator<Candidate> OLDEST_FIRST = Comparator.<Candidate, Boolean>comparing(each -> each.pod != null)
            .thenComparing(each -> each.pod, Comparator.nullsFirst(PodFacts.OLDEST_FIRST))
            .thenComparing(Candidate::identity);

    Candidate leftOut(ServerReason why) {
        return new Candidate(identity, pod, podName, address, zone, why);
    }

    /** In its own word, see {@link #silent}. */
    boolean ready() {
        return pod == null || pod.ready() || pod.silent();
    }

    /** Checks say more of it than its node, of which nobody has heard. */
    boolean silent() {
        return pod != null && pod.silent();
    }

    /** The number of a port that is given as number or as container-port name, or null when there is none of that name. */
    Integer port(IntOrString port) {
        if (port.getStrVal() == null) {
            return port.getIntVal();
        }
        return pod == null ? null : pod.ports().get(port.getStrVal());
    }

    /** {@link dev.slb.plan.ServerPlan#id}. */
    String serverId(String entry, Integer port) {
        return entry + "/" + (pod == null ? address : pod.uid()) + (port == null ? "" : ":" + port);
    }
}
