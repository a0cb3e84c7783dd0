package dev.slb.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * One request of a client, what servers are to do with it, and what became of it.
 *
 * <p>Each has its own name, in its target and in a field, and its own body: nobody can take it for another.
 */
final class Ask {

    /** What a client sends. */
    record Request(String method, int bodyLength, boolean chunked, boolean expectsContinue) {

        /** Whether it may be sent twice (RFC 9110, section 9.2.2). */
        boolean isIdempotent() {
            return !method.equals("POST");
        }

        boolean isHead() {
            return method.equals("HEAD");
        }

        /** Each that is a step simpler. */
        void simpler(Consumer<Request> candidate) {
            if (bodyLength > 0) {
                candidate.accept(Records.with(this, "bodyLength", 0, "chunked", false, "expectsContinue", false));
                if (bodyLength > 10) {
                    candidate.accept(Records.with(this, "bodyLength", 10));
                }
            }
        }

        @Override
        public String toString() {
            return method
                    + (bodyLength > 0 ? " with " + bodyLength + " bytes" + (chunked ? " in chunks" : "") : "")
                    + (expectsContinue ? ", expecting 100" : "");
        }
    }

    /**
     * What is asked.
     *
     * @param behaviours what the first, the second, ... server that gets it does; the last stands for all that follow
     */
    record Spec(String name, Request request, List<Behaviour> behaviours) {

        /** Each that is a step simpler. */
        void simpler(Consumer<Spec> candidate) {
            request.simpler(each -> candidate.accept(Records.with(this, "request", each)));
            for (int i = 0; i < behaviours.size(); i++) {
                int which = i;
                if (behaviours.size() > 1) {
                    candidate.accept(Records.with(this, "behaviours", Records.without(behaviours, i)));
                }
                behaviours
                        .get(i)
                        .simpler(each -> candidate.accept(
                                Records.with(this, "behaviours", Records.with(behaviours, which, each))));
            }
        }
    }

    /** One time that a server has seen the whole head of it. */
    static final class Reception {
        final String server;
        final Behaviour behaviour;
        int bodyReceived;
        boolean whole;
        boolean answerBegun;
        boolean answerSentWhole;
        /** How much of the body the answer has that the server takes for whole; -1: as much as it was to have. */
        int cutTo = -1;
        /** The server has said that it has not begun with it. */
        boolean disowned;

        Reception(String server, Behaviour behaviour) {
            this.server = server;
            this.behaviour = behaviour;
        }
    }

    final String name;
    final Request request;
    private final List<Behaviour> behaviours;

    final List<Reception> receptions = new ArrayList<>();
    int bodySent;
    boolean headSent;
    boolean wholeSent;
    boolean answerBegun;
    boolean ended;
    String outcome = "nothing";

    Ask(Spec spec) {
        this.name = spec.name();
        this.request = spec.request();
        this.behaviours = spec.behaviours();
    }

    Behaviour behaviour(int reception) {
        return behaviours.get(Math.min(reception, behaviours.size() - 1));
    }

    boolean isCalm() {
        return behaviours.stream().allMatch(Behaviour::isCalm);
    }

    /** Whether an answer may be one whose end is that of the connection: nothing comes behind it. */
    boolean endsConnection() {
        return behaviours.stream()
                .anyMatch(each -> each.framing() == Behaviour.Framing.CLOSE && each.hasBody()
                        || each.early() && request.bodyLength() > 0);
    }

    /** The byte of its request's body at this place. */
    byte requestByte(long index) {
        return pattern(name.hashCode(), index);
    }

    /** The byte of the answer's body that it gets the first, second, ... time. */
    byte answerByte(int reception, long index) {
        return pattern(name.hashCode() * 31 + reception + 1, index);
    }

    private static byte pattern(int seed, long index) {
        long mixed = (seed + index / 7) * 0x9e3779b97f4a7c15L;
        return (byte) ('a' + Math.floorMod((mixed >>> 40) + index, 26L));
    }

    @Override
    public String toString() {
        return name + ": " + request + "; servers: " + behaviours;
    }
}
