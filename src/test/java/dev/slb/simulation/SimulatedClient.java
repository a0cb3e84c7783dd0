package dev.slb.simulation;

import java.net.InetSocketAddress;

/** One that asks, whatever it speaks. */
interface SimulatedClient {

    void start(InetSocketAddress from, InetSocketAddress to);

    /** Whether nothing more will come of it. */
    boolean isOver();

    /** Whether nothing goes wrong for it by itself, and it is not too slow. */
    boolean isCalm();

    /** Every one of its requests is answered by a server. */
    void checkAllAnswered();
}
