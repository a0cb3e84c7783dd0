package dev.slb.simulation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All requests of a simulation, and what was seen that must not be. */
final class Ledger {

    private static final int MOST = 5;

    private final Map<String, Ask> asks = new LinkedHashMap<>();
    private final List<String> violations = new ArrayList<>();
    private final Story story;

    Ledger(Story story) {
        this.story = story;
    }

    void add(Ask ask) {
        asks.put(ask.name, ask);
    }

    /** Null: nobody has asked for that. */
    Ask ask(String name) {
        return asks.get(name);
    }

    Iterable<Ask> asks() {
        return asks.values();
    }

    /** Something that must not be. */
    void violated(String what) {
        story.say(() -> "*** " + what);
        if (violations.size() < MOST) {
            violations.add(what);
        }
    }

    List<String> violations() {
        return violations;
    }

    /** A server has the whole head of it. */
    Ask.Reception received(Ask ask, String server, String method, String target) {
        if (!method.equals(ask.request.method()) || !target.equals("/" + ask.name)) {
            violated(server + " got " + method + " " + target + " for " + ask.name);
        }
        if (!ask.headSent) {
            violated(server + " got " + ask.name + ", which was not sent yet");
        }
        int earlier = ask.receptions.size();
        if (earlier > 0) {
            boolean answered = ask.receptions.stream().anyMatch(each -> each.answerBegun && ask.answerBegun);
            boolean disowned = ask.receptions.stream().allMatch(each -> each.disowned);
            if (answered) {
                violated(server + " got " + ask.name + " once more, although its answer had begun");
            } else if (!ask.request.isIdempotent() && !disowned) {
                violated(server + " got " + ask.name + " once more, which may not be repeated");
            }
        }
        Ask.Reception reception = new Ask.Reception(server, ask.behaviour(earlier));
        ask.receptions.add(reception);
        return reception;
    }

    /** Some of its request's body has come to a server. */
    void receivedBody(Ask ask, Ask.Reception reception, byte[] bytes, int start, int length) {
        for (int i = 0; i < length; i++) {
            if (reception.bodyReceived + i >= ask.request.bodyLength()) {
                violated(reception.server + " got more of " + ask.name + " than was sent");
                return;
            }
            if (bytes[start + i] != ask.requestByte(reception.bodyReceived + i)) {
                violated(reception.server + " got another byte " + (reception.bodyReceived + i) + " of " + ask.name);
                return;
            }
        }
        reception.bodyReceived += length;
        if (reception.bodyReceived > ask.bodySent) {
            violated(reception.server + " got more of " + ask.name + " than was sent yet");
        }
    }

    /** A server has seen the end of its request. */
    void receivedEnd(Ask ask, Ask.Reception reception) {
        reception.whole = true;
        if (reception.bodyReceived != ask.request.bodyLength() || !ask.wholeSent) {
            violated(reception.server + " takes " + ask.name + " for whole with " + reception.bodyReceived + " of "
                    + ask.request.bodyLength() + " bytes");
        }
    }
}
