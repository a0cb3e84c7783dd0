package dev.slb.forwarder.table;

/** How a listener speaks to its clients: one implementation per protocol, one instance per listener. */
public interface Frontend {

    /**
     * A new version of the listener. Called on the control thread, before {@link ListenerRuntime#table} shows it and
     * before the first connection; whatever must be compiled from it (a router) is made here.
     */
    void install(ListenerTable table);
}
