package dev.slb.simulation;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/** What connects sockets: who listens where, how long things take, how bytes are cut, and what is out of reach. */
public final class Network {

    /** Takes connections at an address. */
    public interface Acceptor {

        /** One that is made: the client knows of it, too, or soon. */
        void accept(SimulatedSocket accepted);
    }

    /** How the bytes of a connection travel. */
    public record Weather(long mostDelayNanos, int mostBytesAtOnce, int window) {}

    private final Driver driver;
    private final long seed;
    private final Story story;
    private final Map<InetSocketAddress, Acceptor> listening = new HashMap<>();
    private Weather weather = new Weather(1_000_000, 16 * 1024, 64 * 1024);
    private int connections;

    /** @param seed decides how each connection's bytes travel, each by itself */
    public Network(Driver driver, long seed, Story story) {
        this.driver = driver;
        this.seed = seed;
        this.story = story;
    }

    Driver driver() {
        return driver;
    }

    Story story() {
        return story;
    }

    /** Of connections from now on. */
    public void weather(Weather next) {
        weather = next;
    }

    /** @return false when somebody listens there */
    public boolean listen(InetSocketAddress address, Acceptor acceptor) {
        return listening.putIfAbsent(address, acceptor) == null;
    }

    /** Connections there are refused from now on. */
    public void stopListening(InetSocketAddress address) {
        listening.remove(address);
    }

    /** What comes of an attempt to connect: one of both, later. */
    public interface Attempt {

        /** It is there. */
        void connected();

        /** Nobody listens there. */
        void refused();
    }

    /**
     * Begins to connect. Whoever closes the socket before there is an answer hears nothing more.
     *
     * @param blackHole there is never an answer
     */
    public SimulatedSocket connect(
            String name, InetSocketAddress from, InetSocketAddress to, boolean blackHole, Attempt attempt) {
        int which = connections++;
        SplittableRandom chance = new SplittableRandom(seed ^ (which + 1) * 0x9e3779b97f4a7c15L);
        SimulatedSocket client = new SimulatedSocket(this, chance.split(), weather, name, from, to);
        if (blackHole) {
            return client;
        }
        driver.after(client.delay(), () -> {
            Acceptor acceptor = listening.get(to);
            if (acceptor == null) {
                driver.after(client.delay(), () -> {
                    if (!client.isClosed()) {
                        attempt.refused();
                    }
                });
                return;
            }
            if (client.isClosed()) {
                return;
            }
            SimulatedSocket server = new SimulatedSocket(this, chance.split(), weather, name + "'", to, from);
            server.join(client);
            long answer = driver.nanoTime() + client.delay();
            driver.at(answer, () -> {
                if (!client.isClosed()) {
                    client.established();
                    attempt.connected();
                }
            });
            driver.at(answer + client.delay(), () -> acceptor.accept(server));
        });
        return client;
    }
}
