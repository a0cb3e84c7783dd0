package dev.slb.forwarder.l7.route;

import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.ListenerTable;

/** A listener of layer 7 as its connections see it: what goes on over all its versions, and the version of now. */
public final class HttpRuntime {

    private final ListenerRuntime runtime;
    private volatile HttpTable table;

    /** Has no version until {@link #install}. */
    public HttpRuntime(ListenerRuntime runtime) {
        this.runtime = runtime;
    }

    /** On the control thread: what counts for requests from now on. */
    public void install(ListenerTable next) {
        table = HttpTable.of(next);
    }

    /** What goes on over all versions: counts, connections, limits. */
    public ListenerRuntime runtime() {
        return runtime;
    }

    /** The version that is served now. */
    public HttpTable table() {
        return table;
    }
}
