package dev.slb.forwarder;

import dev.slb.forwarder.l7.ClearHttp2Frontend;
import dev.slb.forwarder.serve.Frontends;
import dev.slb.forwarder.transport.SimulatedTransport;
import dev.slb.plan.ListenerProtocol;
import io.netty.util.concurrent.EventExecutor;

import java.util.random.RandomGenerator;

/** The forwarder that ships, on a transport and with a control thread that are driven. */
public final class SimulatedForwarder {

    private static final int MANY_FLOWS = 1_000_000;

    private SimulatedForwarder() {}

    /**
     * @param address that its listeners are bound to
     * @param mostFlows of UDP; 0: more than there will be
     */
    public static Forwarder start(
            SimulatedTransport transport,
            EventExecutor control,
            RandomGenerator chance,
            String address,
            int mostFlows) {
        return new Forwarder(
                ForwarderOptions.named("simulated")
                        .bindTo(address)
                        .withMaxUdpFlows(mostFlows == 0 ? MANY_FLOWS : mostFlows),
                transport,
                control,
                chance,
                listener -> listener.protocol() == ListenerProtocol.HTTP
                        ? new ClearHttp2Frontend(listener)
                        : Frontends.create(listener),
                null);
    }

    /** Begins to close it: its ports, then what runs. */
    public static void close(Forwarder forwarder) {
        forwarder.closePorts();
        forwarder.transport().close();
    }
}
