package dev.slb.forwarder.port;

import dev.slb.forwarder.table.Frontend;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.ListenerTable;
import dev.slb.forwarder.table.StreamFrontend;

/**
 * Where a listener takes its clients in, and what a port is opened for. One per {@link ListenerRuntime}, over all its
 * versions. Owned by the control thread.
 */
public final class Entrance {

    private final ListenerRuntime runtime;
    private final Frontend frontend;
    private final Gate gate;

    /** @param frontend of this runtime, and of nothing else */
    public Entrance(ListenerRuntime runtime, Frontend frontend) {
        this.runtime = runtime;
        this.frontend = frontend;
        this.gate = frontend instanceof StreamFrontend streams ? new Gate(runtime, streams) : null;
    }

    /** What comes from now on is served by this version. */
    public void install(ListenerTable table) {
        frontend.install(table);
        runtime.install(table);
        if (gate != null) {
            gate.install(table.plan());
        }
    }

    Frontend frontend() {
        return frontend;
    }

    /** Where TCP connections come in; null on UDP. */
    Gate gate() {
        return gate;
    }

    /** Whether a connection may still come that was accepted when its port went to somebody else. */
    public boolean isAwaited() {
        return gate != null && gate.isAwaitingRing();
    }
}
