package dev.slb.translate;

/** Reasons of conditions. */
public enum ConditionReason {
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
    /** A Secret or ConfigMap that is named is not there. */
    SecretNotFound,
    /** What a Secret or ConfigMap has can't be used, or has expired; the message says why. */
    InvalidCertificate,
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
    /** A reference can't be used, and what was served before goes on. */
    ServesEarlier,
    /** The LoadBalancer has no address that clients could use. */
    NoAddress,

    Balanced,
    /** Traffic does not follow the weights: clients stay with their server. */
    SessionPersistence,
    /** The same, where WLC had piled up clients on a server. */
    WlcWithPersistence,
    /** Traffic does not follow the weights: too few clients that stay with their server. */
    FewClients,
    /** Traffic does not follow the weights: servers come and go by their health. */
    HealthFlaps,
    /** Traffic does not follow the weights, and no cause is known. */
    Unexplained,
    /** The scheduler does not go by weights alone: nothing to compare with. */
    NotByWeights
}
