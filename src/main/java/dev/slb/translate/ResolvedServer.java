package dev.slb.translate;

import dev.slb.api.ServerReason;

import java.math.BigDecimal;

/**
 * One server that an object names or selects.
 *
 * @param identity equal for the same pod and for the same address, whatever the entry and the port
 * @param id {@link dev.slb.plan.ServerPlan#id}; null when it is left out of the plan
 * @param entry name of the entry, or {@code master} or {@code slave}
 * @param pod name of the pod, null for an {@code address}
 * @param address null while the pod has none
 * @param port null in a default pool, or when the pod has no such port
 * @param weight the weight that is meant, before scaling to whole numbers; null when left out or in a master-slave group
 * @param zone topology zone, or null
 * @param reason why it is left out, or what is odd about it; null when nothing is
 */
public record ResolvedServer(
        String identity,
        String id,
        String entry,
        String pod,
        String address,
        Integer port,
        BigDecimal weight,
        String zone,
        ServerReason reason) {

    /** The pod, or the entry that has an address. */
    public String label() {
        return pod == null ? entry : pod;
    }

    /** Whether it is in the plan. */
    public boolean used() {
        return id != null;
    }
}
