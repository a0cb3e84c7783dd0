package dev.slb.translate;

/** Reasons of conditions. */
public enum Reason {
    Accepted,
    /** A field that can't be served; the message names it. */
    Invalid,
    /** An older listener of the LoadBalancer has the port; the message names it. */
    PortConflict,
    QuotaExceeded,
    LoadBalancerNotFound,

    ResolvedRefs,
    GroupNotFound,
    GroupOfOtherLoadBalancer,
    /** A MasterSlaveGroup where only a VServerGroup can be. */
    KindNotAllowed,
    RedirectTargetNotFound,

    Programmed,
    /** Some forwarders do not serve the present version yet. */
    Pending,
    /** A forwarder does not take the present version; the message says why. */
    Refused,
    /** No forwarder is ready. */
    NoForwarder,

    Ready,
    /** The listener is stopped, as it was asked to be. */
    Stopped,
    NotAccepted,
    NotProgrammed,
    /** No server can take new traffic. */
    NoHealthyServer,
    /** The LoadBalancer has no address that clients could use. */
    NoAddress
}
