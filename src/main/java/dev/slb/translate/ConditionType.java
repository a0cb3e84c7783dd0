package dev.slb.translate;

/** The types of conditions, in the order in which a status lists them. */
public enum ConditionType {
    /** The object is valid and has what it claims. */
    Accepted,
    /** Everything that the object names exists and may be used. */
    ResolvedRefs,
    /** Every forwarder serves what the object says now. */
    Programmed,
    /** It works. */
    Ready,
    /**
     * VServerGroups: traffic follows the weights. Absent until there was enough traffic to say; Unknown where weights alone
     * do not say what to expect. Ready does not depend on it.
     */
    Balanced,
    /** Present only while true: it is on its way and needs nobody (kstatus). */
    Reconciling,
    /** Present only while true: it won't get on until somebody changes something (kstatus). */
    Stalled
}
