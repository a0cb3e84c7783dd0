package dev.slb.simulation;

import java.util.function.Consumer;

/**
 * What a server does with one request.
 *
 * @param status of the answer
 * @param framing how its length is told
 * @param length of its body in bytes
 * @param interims how many interim answers come first
 * @param delayMillis before the answer, from when the request was read so far as it is to be
 * @param early whether it answers when it has the head, without waiting for the body
 * @param reads whether it reads the body at all
 * @param ending how it ends
 * @param endingAt after so many bytes of the answer with its head; beyond its end: after all of it
 * @param closes whether it says that it closes, and does so
 * @param lie by how much the length that it names is too large (or too small)
 * @param pauseMillis between the pieces that the answer is written in
 */
record Behaviour(
        int status,
        Framing framing,
        int length,
        int interims,
        long delayMillis,
        boolean early,
        boolean reads,
        Ending ending,
        int endingAt,
        boolean closes,
        int lie,
        long pauseMillis) {

    /** How the length of an answer is told. */
    enum Framing {
        LENGTH,
        CHUNKED,
        CLOSE
    }

    /** How an answer ends. */
    enum Ending {
        /** As it should. */
        WHOLE,
        /** Broken by a reset. */
        RESET,
        /** The connection is closed. */
        CLOSED,
        /** Nothing comes any more. */
        SILENCE,
        /** Over HTTP/2: refused, not begun with. Over HTTP/1.1: closed without a byte. */
        REFUSED
    }

    /** All goes well. */
    static Behaviour good(int length, Framing framing) {
        return new Behaviour(200, framing, length, 0, 0, false, true, Ending.WHOLE, 0, false, 0, 0);
    }

    /** Whether whoever asked gets the whole answer. */
    boolean isCalm() {
        return ending == Ending.WHOLE && lie == 0 && reads && delayMillis < 5_000;
    }

    /** Each that is a step simpler. */
    void simpler(Consumer<Behaviour> candidate) {
        Records.towards(good(2, Framing.LENGTH), this, candidate);
        if (length > 20) {
            candidate.accept(Records.with(
                    this, "length", 20, "endingAt", Math.min(endingAt, 80), "lie", Math.max(-10, Math.min(lie, 10))));
        }
    }

    boolean hasBody() {
        return status != 204 && status != 304;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(status).append(' ').append(framing).append(' ').append(length);
        text.append(interims > 0 ? ", " + interims + " interim" : "");
        text.append(delayMillis > 0 ? ", after " + delayMillis + " ms" : "");
        text.append(early ? ", early" : "");
        text.append(reads ? "" : ", reads no body");
        text.append(ending == Ending.WHOLE ? "" : ", " + ending + " at " + endingAt);
        text.append(closes ? ", closes" : "");
        text.append(lie != 0 ? ", lies by " + lie : "");
        text.append(pauseMillis > 0 ? ", pauses of " + pauseMillis + " ms" : "");
        return "(" + text + ")";
    }
}
