package dev.slb.api;

import io.fabric8.kubernetes.api.model.LabelSelector;

/** Where servers come from: exactly one of the three is set in a valid object. */
public sealed interface ServerSource permits PoolServer, GroupServer, RoleServer {
    /** Selects pods of the namespace by their labels, or null. */
    LabelSelector podSelector();

    /** The name of one pod of the namespace, or null. */
    String podName();

    /** An IP address outside or inside the cluster, or null. */
    String address();
}
