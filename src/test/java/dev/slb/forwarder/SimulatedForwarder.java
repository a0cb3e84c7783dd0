package dev.slb.forwarder;

import dev.slb.forwarder.serve.Frontends;
import dev.slb.forwarder.transport.SimulatedTransport;
import io.netty.util.concurrent.EventExecutor;

import java.util.random.RandomGenerator;

/** The forwarder that ships, on a transport and with a control thread that are driven. */
public final class SimulatedForwarder {

    private SimulatedForwarder() {}

    /** @param address that its listeners are bound to */
    public static Forwarder start(
            SimulatedTransport transport, EventExecutor control, RandomGenerator chance, String address) {
        return new Forwarder(
                ForwarderOptions.named("simulated").bindTo(address),
                transport,
                control,
                chance,
                Frontends::create,
                null);
    }

    /** Begins to close it: its ports, then what runs. */
    public static void close(Forwarder forwarder) {
        forwarder.closePorts();
        forwarder.transport().close();
    }
}
