package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;

/**
 * Why a server is left out, or what is odd about it. Of several reasons the first that is found counts: {@code Candidates} looks
 * first, then {@code ServerResolver}, then {@code GroupServers} or, for master and slave, {@code Role}. Messages name them in
 * the order here.
 *
 * <p>No reason have those that get no traffic as the user wishes: of weight 0, of an earlier entry already, and finished pods
 * that a selector matches. An abnormal one has a health instead.
 */
@TolerantEnum
public enum ServerReason {
    /** The pod is not ready. Decided in {@code GroupServers}; in {@code Role} for the master alone. */
    NotReady,
    /** The pod is being deleted, or has finished and is named. Decided in {@code Candidates}. */
    Terminating,
    /** The pod has no address yet, or does not exist and is named. Decided in {@code Candidates}. */
    NoAddress,
    /** The pod runs in another region than the LoadBalancer. Decided in {@code Candidates}. */
    CrossRegion,
    /** The node of the pod names no region, and the LoadBalancer does. Decided in {@code Candidates}. */
    RegionUnknown,
    /** The operator does not allow this address. Decided in {@code Candidates}. */
    AddressNotAllowed,
    /** Over the quota of servers per LoadBalancer. Decided in {@code ServerResolver}. */
    OverQuota,
    /** The pod has no container port of this name. Decided in {@code GroupServers} and {@code Role}. */
    NoSuchPort,
    /** The role matches several pods; the oldest ready one, which says so, is taken. Decided in {@code Role}. */
    SeveralPods,
    /**
     * Traffic can't reach it, and leaves it out for a while, see {@link PassiveCheck}. It is in the plan: forwarders decide that, and
     * {@code VServerGroupStatusFactory} tells.
     */
    Paused,
    /** A value that this version does not know. */
    @JsonIgnore
    Unknown;

    /** Whether the server is not in the plan; else the reason is only what is odd about it. */
    public boolean leavesOut() {
        return this != SeveralPods && this != Paused;
    }
}
