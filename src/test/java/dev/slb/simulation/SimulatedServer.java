package dev.slb.simulation;

import dev.slb.plan.ProxyProtocolPlan;

import java.net.InetSocketAddress;

/** One that listens, whatever it speaks. */
abstract class SimulatedServer {

    final String name;
    final Driver driver;
    final Ledger ledger;
    final Story story;
    /** For how long it keeps a connection without a request; 0: for ever. */
    final long idleMillis;

    private final Network network;
    private final InetSocketAddress address;
    private ProxyProtocolPlan.Version header = ProxyProtocolPlan.Version.NONE;
    private boolean up;

    SimulatedServer(
            String name, Driver driver, Network network, Ledger ledger, InetSocketAddress address, long idleMillis) {
        this.name = name;
        this.driver = driver;
        this.network = network;
        this.ledger = ledger;
        this.story = network.story();
        this.address = address;
        this.idleMillis = idleMillis;
    }

    /** Has a connection that a client has made. */
    abstract void accept(SimulatedSocket socket);

    /** Which header connections begin with. */
    final void proxied(ProxyProtocolPlan.Version version) {
        header = version;
    }

    /** Takes connections from now on. */
    final void start() {
        if (!up) {
            up = true;
            story.say(() -> name + " listens");
            network.listen(address, ProxyHeaders.reading(header, ledger, name, (socket, named) -> accept(socket)));
        }
    }

    /** Refuses connections from now on; those that are there go on. */
    final void stop() {
        if (up) {
            up = false;
            story.say(() -> name + " listens no more");
            network.stopListening(address);
        }
    }
}
