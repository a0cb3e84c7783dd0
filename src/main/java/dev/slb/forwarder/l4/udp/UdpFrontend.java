package dev.slb.forwarder.l4.udp;

import dev.slb.forwarder.table.Frontend;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.ListenerTable;

/** UDP listeners. */
public final class UdpFrontend implements Frontend {

    private final ListenerRuntime listener;

    public UdpFrontend(ListenerRuntime listener) {
        this.listener = listener;
    }

    @Override
    public void install(ListenerTable table) {
        // Flows read the table from the listener; there is nothing to compile.
    }

    ListenerRuntime listener() {
        return listener;
    }
}
