package dev.slb.forwarder.port;

import io.netty.util.concurrent.Future;

import java.net.InetSocketAddress;

/** The sockets that listen on one port. Called on the control thread. */
interface PortSockets {

    /** Binds, once. Nothing is taken from clients before {@link #open}. */
    Future<?> bind(InetSocketAddress address);

    /**
     * From now on clients come in here.
     *
     * @return done when nobody comes in any more where they came in before
     */
    Future<?> open(Entrance entrance);

    /**
     * No listener has the port any more: nothing new is taken from clients, and the sockets close when what runs over them
     * has ended. Until then {@link #open} may be called again.
     *
     * @param idle run, on any thread, when nothing runs over them: the caller then closes them
     */
    void retire(Runnable idle);

    /** Closes at once, whatever runs. */
    Future<?> close();
}
