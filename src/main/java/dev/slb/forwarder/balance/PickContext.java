package dev.slb.forwarder.balance;

/** What a choice may depend on. Implemented by the connection or request itself, so that picking allocates nothing. */
public interface PickContext {

    /** The first attempt of something that nothing is known of. */
    PickContext FIRST = candidate -> false;

    /** Whether an attempt on this candidate has failed already: then another one is chosen. */
    boolean tried(Object candidate);
}
