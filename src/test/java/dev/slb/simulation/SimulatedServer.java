package dev.slb.simulation;

/** One that listens, whatever it speaks. */
interface SimulatedServer {

    /** Takes connections from now on. */
    void start();

    /** Refuses connections from now on; those that are there go on. */
    void stop();
}
