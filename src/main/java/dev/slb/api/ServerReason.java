package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;

/** Why a server is left out, or what is odd about it. */
@TolerantEnum
public enum ServerReason {
    /** The pod is not ready. */
    NotReady,
    /** The pod is being deleted. */
    Terminating,
    /** The pod has no address yet. */
    NoAddress,
    /** The pod runs in another region than the LoadBalancer. */
    CrossRegion,
    /** The node of the pod names no region. */
    RegionUnknown,
    /** The operator does not allow this address. */
    AddressNotAllowed,
    /** Over the quota of servers per LoadBalancer. */
    OverQuota,
    /** The pod has no container port of this name. */
    NoSuchPort,
    /** The role matches several pods; the oldest ready one is taken. */
    SeveralPods,
    /** Traffic can't reach it, and leaves it out for a while, see {@link PassiveCheck}. */
    Paused,
    /** A value that this version does not know. */
    @JsonIgnore
    Unknown
}
