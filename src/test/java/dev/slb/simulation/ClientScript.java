package dev.slb.simulation;

import java.util.List;
import java.util.function.Consumer;

/**
 * What a client does over its connection, whatever it speaks.
 *
 * @param startMillis when it connects
 * @param asks what for
 * @param atOnce for how many answers it waits at most before it sends the next request
 * @param leavesAt after so many bytes it goes; -1: not before it has everything
 * @param leaving how it goes
 * @param stallMillis for how long it reads nothing at first
 * @param pauseMillis between pieces of requests
 */
record ClientScript(
        String name,
        long startMillis,
        List<Ask.Spec> asks,
        int atOnce,
        int leavesAt,
        Leaving leaving,
        long stallMillis,
        long pauseMillis) {

    /** How a client goes. */
    enum Leaving {
        CLOSE,
        RESET,
        HALF_CLOSE
    }

    /** Each that is a step simpler, those that are much simpler first. */
    void simpler(Consumer<ClientScript> candidate) {
        for (int i = 0; i < asks.size(); i++) {
            if (asks.size() > 1) {
                candidate.accept(Records.with(this, "asks", Records.without(asks, i)));
            }
        }
        for (int i = 0; i < asks.size(); i++) {
            int which = i;
            asks.get(i).simpler(each -> candidate.accept(Records.with(this, "asks", Records.with(asks, which, each))));
        }
        if (pauseMillis > 0 || stallMillis > 0) {
            candidate.accept(Records.with(this, "stallMillis", 0L, "pauseMillis", 0L));
        }
        if (leavesAt >= 0) {
            candidate.accept(Records.with(this, "leavesAt", -1, "leaving", Leaving.CLOSE));
        }
        if (atOnce > 1) {
            candidate.accept(Records.with(this, "atOnce", 1));
        }
        if (startMillis > 0) {
            candidate.accept(Records.with(this, "startMillis", 0L));
        }
    }

    void describe(Consumer<String> line) {
        line.accept("client " + name + " from " + startMillis + " ms, " + atOnce + " at once, leaves "
                + (leavesAt < 0 ? "when it has everything" : "after " + leavesAt + " bytes") + ": " + leaving
                + (stallMillis > 0 ? ", reads nothing for " + stallMillis + " ms" : "")
                + (pauseMillis > 0 ? ", pauses of " + pauseMillis + " ms" : ""));
        asks.forEach(ask -> line.accept("  " + ask.name() + ": " + ask.request() + " " + ask.behaviours()));
    }
}
