package dev.slb.simulation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.SchedulerType;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * All that happens in a simulation but for the order in which it does: made from a seed, and made smaller to tell why one fails.
 *
 * @param seed of the order
 * @param loops how many event loops
 * @param eager whether channels are told of ends that they don't read
 * @param weather how bytes travel
 * @param servers those of the group
 * @param clients those of the HTTP listener
 * @param talks connections of the TCP listener
 * @param edits what is published meanwhile
 * @param scheduler of the listener
 * @param checked whether servers are checked
 * @param speech who speaks what
 */
record Scenario(
        long seed,
        int loops,
        boolean eager,
        Network.Weather weather,
        List<Server> servers,
        List<Http1Client.Script> clients,
        List<Talk.Script> talks,
        List<Edit> edits,
        SchedulerType scheduler,
        boolean checked,
        Speech speech) {

    Scenario {
        talks = talks == null ? List.of() : talks;
        speech = speech == null ? Speech.HTTP1 : speech;
    }

    static final long IDLE_MILLIS = 15_000;
    static final long CONNECT_MILLIS = 2_000;
    static final long REQUEST_MILLIS = 10_000;
    static final long RESPONSE_IDLE_MILLIS = 20_000;

    /**
     * A server.
     *
     * @param weight in its group
     * @param idleMillis for how long it keeps a connection without a request; 0: for ever
     * @param downAtMillis when it stops to listen; -1: never
     * @param upAtMillis when it listens again (or first, when it is down at 0); -1: never
     * @param blackHole whether nobody gets an answer from it while it is down
     */
    record Server(String name, int weight, long idleMillis, long downAtMillis, long upAtMillis, boolean blackHole) {

        boolean isAlwaysUp() {
            return downAtMillis < 0;
        }
    }

    /** Something that is published. */
    record Edit(long atMillis, Kind kind, int which) {

        enum Kind {
            /** Another weight of one server. */
            WEIGHT,
            /** The group without one server. */
            WITHOUT,
            /** The group as it was. */
            ALL,
            /** The listener with another timeout, which changes nothing here. */
            LISTENER,
            /** The listener is withdrawn, and comes back a second later. */
            WITHDRAWN
        }
    }

    /** Whether its listeners go for a while. */
    boolean isWithdrawn() {
        return edits.stream().anyMatch(each -> each.kind == Edit.Kind.WITHDRAWN);
    }

    /** Whether every request must be answered by a server. */
    boolean isCalm() {
        return !isWithdrawn()
                && speech.serverManner().isQuick()
                && edits.stream().noneMatch(each -> each.kind == Edit.Kind.WITHOUT)
                && servers.stream().anyMatch(each -> each.weight > 0)
                && servers.stream().allMatch(each -> each.isAlwaysUp() && each.idleMillis == 0)
                // Who breaks or neglects a connection may break what somebody else was about to ask over it.
                && clients.stream()
                        .flatMap(each -> each.asks().stream())
                        .flatMap(each -> each.behaviours().stream())
                        .allMatch(each -> each.isCalm() && !(speech.servers().isHttp2() && each.closes()));
    }

    Scenario withSpeech(Speech other) {
        return new Scenario(seed, loops, eager, weather, servers, clients, talks, edits, scheduler, checked, other);
    }

    private static final ObjectMapper JSON =
            new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

    /** As {@link #read} takes it. */
    String write() {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    static Scenario read(String json) throws JsonProcessingException {
        return JSON.readValue(json, Scenario.class);
    }

    static Scenario of(long seed) {
        return new Generator(seed).scenario();
    }

    Scenario withClients(List<Http1Client.Script> others) {
        return new Scenario(seed, loops, eager, weather, servers, others, talks, edits, scheduler, checked, speech);
    }

    Scenario withTalks(List<Talk.Script> others) {
        return new Scenario(seed, loops, eager, weather, servers, clients, others, edits, scheduler, checked, speech);
    }

    Scenario withServers(List<Server> others) {
        return new Scenario(seed, loops, eager, weather, others, clients, talks, edits, scheduler, checked, speech);
    }

    Scenario withEdits(List<Edit> others) {
        return new Scenario(seed, loops, eager, weather, servers, clients, talks, others, scheduler, checked, speech);
    }

    /** What is told ahead of a story. */
    List<String> describe() {
        List<String> lines = new ArrayList<>();
        lines.add("seed " + seed + ", " + loops + " loop(s)" + (eager ? ", eager channels, " : ", ") + weather + ", "
                + scheduler + (checked ? ", checked" : ""));
        lines.add("  " + speech);
        servers.forEach(each -> lines.add("  " + each));
        edits.forEach(each -> lines.add("  " + each));
        clients.forEach(each -> {
            lines.add("  client " + each.name() + " from " + each.startMillis() + " ms, " + each.atOnce()
                    + " at once, leaves "
                    + (each.leavesAt() < 0 ? "when it has everything" : "after " + each.leavesAt() + " bytes") + ": "
                    + each.leaving()
                    + (each.stallMillis() > 0 ? ", reads nothing for " + each.stallMillis() + " ms" : "")
                    + (each.pauseMillis() > 0 ? ", pauses of " + each.pauseMillis() + " ms" : ""));
            each.asks().forEach(ask -> lines.add("    " + ask.name() + ": " + ask.request() + " " + ask.behaviours()));
        });
        talks.forEach(each -> lines.add("  " + each));
        return lines;
    }

    /** Each that is a step simpler, those that are much simpler first. */
    void simpler(Consumer<Scenario> candidate) {
        speech.simpler(each -> candidate.accept(withSpeech(each)));
        for (int i = 0; i < clients.size(); i++) {
            candidate.accept(withClients(without(clients, i)));
        }
        for (int i = 0; i < talks.size(); i++) {
            candidate.accept(withTalks(without(talks, i)));
        }
        for (int i = 0; i < edits.size(); i++) {
            candidate.accept(withEdits(without(edits, i)));
        }
        for (int i = 0; i < servers.size(); i++) {
            if (servers.size() > 1) {
                candidate.accept(withServers(without(servers, i)));
            }
            Server each = servers.get(i);
            if (!each.isAlwaysUp()) {
                candidate.accept(withServers(
                        with(servers, i, new Server(each.name, each.weight, each.idleMillis, -1, -1, false))));
            }
            if (each.idleMillis > 0) {
                candidate.accept(withServers(with(
                        servers,
                        i,
                        new Server(each.name, each.weight, 0, each.downAtMillis, each.upAtMillis, each.blackHole))));
            }
        }
        for (int i = 0; i < clients.size(); i++) {
            int which = i;
            simpler(clients.get(i), each -> candidate.accept(withClients(with(clients, which, each))));
        }
        for (int i = 0; i < talks.size(); i++) {
            int which = i;
            simpler(talks.get(i), each -> candidate.accept(withTalks(with(talks, which, each))));
        }
        if (checked) {
            candidate.accept(new Scenario(
                    seed, loops, eager, weather, servers, clients, talks, edits, scheduler, false, speech));
        }
        if (loops > 1) {
            candidate.accept(new Scenario(
                    seed, loops - 1, eager, weather, servers, clients, talks, edits, scheduler, checked, speech));
        }
        if (!weather.equals(Generator.FINE)) {
            candidate.accept(new Scenario(
                    seed, loops, eager, Generator.FINE, servers, clients, talks, edits, scheduler, checked, speech));
        }
        if (scheduler != SchedulerType.RR) {
            candidate.accept(new Scenario(
                    seed, loops, eager, weather, servers, clients, talks, edits, SchedulerType.RR, checked, speech));
        }
    }

    private static void simpler(Talk.Script script, Consumer<Talk.Script> candidate) {
        if (script.there() > 0 || script.back() > 0) {
            candidate.accept(new Talk.Script(
                    script.name(),
                    script.startMillis(),
                    script.there() / 2,
                    script.back() / 2,
                    script.serverWaits(),
                    script.client(),
                    script.server(),
                    script.stallMillis()));
        }
        if (script.stallMillis() > 0) {
            candidate.accept(new Talk.Script(
                    script.name(),
                    script.startMillis(),
                    script.there(),
                    script.back(),
                    script.serverWaits(),
                    script.client(),
                    script.server(),
                    0));
        }
    }

    private static void simpler(Http1Client.Script script, Consumer<Http1Client.Script> candidate) {
        for (int i = 0; i < script.asks().size(); i++) {
            if (script.asks().size() > 1) {
                candidate.accept(withAsks(script, without(script.asks(), i)));
            }
        }
        for (int i = 0; i < script.asks().size(); i++) {
            Ask.Spec ask = script.asks().get(i);
            Ask.Request request = ask.request();
            int which = i;
            Consumer<Ask.Spec> changed = other -> candidate.accept(withAsks(script, with(script.asks(), which, other)));
            if (request.bodyLength() > 0) {
                changed.accept(
                        new Ask.Spec(ask.name(), new Ask.Request(request.method(), 0, false, false), ask.behaviours()));
                if (request.bodyLength() > 10) {
                    changed.accept(new Ask.Spec(
                            ask.name(),
                            new Ask.Request(request.method(), 10, request.chunked(), request.expectsContinue()),
                            ask.behaviours()));
                }
            }
            for (int j = 0; j < ask.behaviours().size(); j++) {
                int place = j;
                if (ask.behaviours().size() > 1) {
                    changed.accept(new Ask.Spec(ask.name(), request, without(ask.behaviours(), j)));
                }
                simpler(
                        ask.behaviours().get(j),
                        how -> changed.accept(new Ask.Spec(ask.name(), request, with(ask.behaviours(), place, how))));
            }
        }
        if (script.pauseMillis() > 0 || script.stallMillis() > 0) {
            candidate.accept(new Http1Client.Script(
                    script.name(),
                    script.startMillis(),
                    script.asks(),
                    script.atOnce(),
                    script.leavesAt(),
                    script.leaving(),
                    0,
                    0));
        }
        if (script.leavesAt() >= 0) {
            candidate.accept(new Http1Client.Script(
                    script.name(),
                    script.startMillis(),
                    script.asks(),
                    script.atOnce(),
                    -1,
                    Http1Client.Leaving.CLOSE,
                    script.stallMillis(),
                    script.pauseMillis()));
        }
        if (script.atOnce() > 1) {
            candidate.accept(new Http1Client.Script(
                    script.name(),
                    script.startMillis(),
                    script.asks(),
                    1,
                    script.leavesAt(),
                    script.leaving(),
                    script.stallMillis(),
                    script.pauseMillis()));
        }
        if (script.startMillis() > 0) {
            candidate.accept(new Http1Client.Script(
                    script.name(),
                    0,
                    script.asks(),
                    script.atOnce(),
                    script.leavesAt(),
                    script.leaving(),
                    script.stallMillis(),
                    script.pauseMillis()));
        }
    }

    private static void simpler(Behaviour how, Consumer<Behaviour> candidate) {
        Behaviour good = Behaviour.good(2, Behaviour.Framing.LENGTH);
        if (!how.equals(good)) {
            candidate.accept(good);
            if (how.interims() > 0 || how.delayMillis() > 0 || how.pauseMillis() > 0) {
                candidate.accept(new Behaviour(
                        how.status(),
                        how.framing(),
                        how.length(),
                        0,
                        0,
                        how.early(),
                        how.reads(),
                        how.ending(),
                        how.endingAt(),
                        how.closes(),
                        how.lie(),
                        0));
            }
            if (how.length() > 20) {
                candidate.accept(new Behaviour(
                        how.status(),
                        how.framing(),
                        20,
                        how.interims(),
                        how.delayMillis(),
                        how.early(),
                        how.reads(),
                        how.ending(),
                        Math.min(how.endingAt(), 80),
                        how.closes(),
                        Math.max(-10, Math.min(how.lie(), 10)),
                        how.pauseMillis()));
            }
        }
    }

    private static Http1Client.Script withAsks(Http1Client.Script script, List<Ask.Spec> asks) {
        return new Http1Client.Script(
                script.name(),
                script.startMillis(),
                asks,
                script.atOnce(),
                script.leavesAt(),
                script.leaving(),
                script.stallMillis(),
                script.pauseMillis());
    }

    private static <T> List<T> without(List<T> list, int index) {
        List<T> rest = new ArrayList<>(list);
        rest.remove(index);
        return List.copyOf(rest);
    }

    private static <T> List<T> with(List<T> list, int index, T other) {
        List<T> changed = new ArrayList<>(list);
        changed.set(index, other);
        return List.copyOf(changed);
    }

    /** Chooses all of it. Most things go well in most scenarios: what fails, fails in company of what does not. */
    private static final class Generator {

        static final Network.Weather FINE = new Network.Weather(200_000, 64 * 1024, 256 * 1024);

        private final long seed;
        private final SplittableRandom chance;
        private final int trouble;

        Generator(long seed) {
            this.seed = seed;
            this.chance = new SplittableRandom(seed);
            this.trouble = chance.nextInt(4);
        }

        Scenario scenario() {
            int count = 1 + chance.nextInt(3);
            List<Server> servers = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                servers.add(server(i));
            }
            List<Http1Client.Script> clients = new ArrayList<>();
            boolean onLayer4 = oneIn(4);
            for (int i = onLayer4 ? chance.nextInt(2) : 1 + chance.nextInt(4); i > 0; i--) {
                clients.add(client("c" + i));
            }
            List<Talk.Script> talks = new ArrayList<>();
            for (int i = onLayer4 ? 1 + chance.nextInt(4) : 0; i > 0; i--) {
                talks.add(talk("t" + i));
            }
            List<Edit> edits = new ArrayList<>();
            for (int i = oneIn(3) ? chance.nextInt(4) : 0; i > 0; i--) {
                Edit.Kind[] kinds = Edit.Kind.values();
                edits.add(new Edit(chance.nextLong(3_000), kinds[chance.nextInt(kinds.length)], chance.nextInt(count)));
            }
            Network.Weather weather = oneIn(3)
                    ? FINE
                    : new Network.Weather(
                            1 + chance.nextLong(40_000_000),
                            oneIn(4) ? 1 + chance.nextInt(8) : 1 + chance.nextInt(3_000),
                            oneIn(2) ? 256 * 1024 : 2_000 + chance.nextInt(60_000));
            return new Scenario(
                    seed,
                    1 + chance.nextInt(3),
                    chance.nextBoolean(),
                    weather,
                    List.copyOf(servers),
                    List.copyOf(clients),
                    List.copyOf(talks),
                    List.copyOf(edits),
                    pick(SchedulerType.WRR, SchedulerType.RR, SchedulerType.WLC),
                    oneIn(4),
                    speech(clients));
        }

        private Speech speech(List<Http1Client.Script> clients) {
            List<String> http2 = new ArrayList<>();
            int some = chance.nextInt(3);
            clients.forEach(each -> {
                if (some == 1 && chance.nextBoolean() || some == 2) {
                    http2.add(each.name());
                }
            });
            BackendPlan.Protocol servers =
                    pick(BackendPlan.Protocol.HTTP, BackendPlan.Protocol.H2C, BackendPlan.Protocol.GRPC);
            return new Speech(servers, manner(), List.copyOf(http2), manner());
        }

        private Http2Manner manner() {
            if (oneIn(3)) {
                return Http2Manner.PLAIN;
            }
            int window = oneIn(2) ? Http2Manner.PLAIN.window() : 500 + chance.nextInt(oneIn(2) ? 5_000 : 60_000);
            int later = oneIn(4) ? 500 + chance.nextInt(100_000) : 0;
            boolean small = window < 10_000 || later > 0 && later < 10_000;
            boolean cancels = oneIn(3);
            return new Http2Manner(
                    window,
                    later,
                    oneIn(3) ? chance.nextLong(small ? 50 : 1_000) : 0,
                    oneIn(4) ? 1 + chance.nextInt(5) : 0,
                    oneIn(3) ? 100 + chance.nextInt(5_000) : 16_384,
                    oneIn(4) ? 12 + chance.nextInt(100) : 0,
                    oneIn(4) ? 1 + chance.nextInt(255) : 0,
                    oneIn(4),
                    cancels ? 1 + chance.nextInt(3) : 0,
                    cancels ? chance.nextLong(oneIn(2) ? 100 : 2_000) : 0);
        }

        private Server server(int index) {
            boolean down = trouble > 1 && oneIn(4);
            long downAt = down ? (oneIn(2) ? 0 : chance.nextLong(3_000)) : -1;
            return new Server(
                    "s" + index,
                    oneIn(6) ? 0 : 1 + chance.nextInt(5),
                    trouble > 0 && oneIn(3) ? 1 + chance.nextLong(2_000) : 0,
                    downAt,
                    down && oneIn(2) ? downAt + 1 + chance.nextLong(5_000) : -1,
                    down && oneIn(2));
        }

        private Talk.Script talk(String name) {
            boolean waits = chance.nextBoolean();
            Talk.Ending client = pick(Talk.Ending.values());
            return new Talk.Script(
                    name,
                    oneIn(2) ? 0 : chance.nextLong(3_000),
                    size(),
                    size(),
                    waits && client == Talk.Ending.FINISHES,
                    client,
                    pick(Talk.Ending.values()),
                    oneIn(4) ? chance.nextLong(5_000) : 0);
        }

        private Http1Client.Script client(String name) {
            List<Ask.Spec> asks = new ArrayList<>();
            for (int i = 1 + chance.nextInt(4); i > 0; i--) {
                asks.add(ask(name + "." + asks.size()));
            }
            boolean leaves = trouble > 0 && oneIn(4);
            return new Http1Client.Script(
                    name,
                    oneIn(2) ? 0 : chance.nextLong(3_000),
                    List.copyOf(asks),
                    oneIn(3) ? 1 + chance.nextInt(4) : 1,
                    leaves ? chance.nextInt(asks.size() * 150) : -1,
                    leaves
                            ? pick(Http1Client.Leaving.values())
                            : oneIn(3) ? Http1Client.Leaving.HALF_CLOSE : Http1Client.Leaving.CLOSE,
                    oneIn(6) ? chance.nextLong(5_000) : 0,
                    oneIn(6) ? chance.nextLong(300) : 0);
        }

        private Ask.Spec ask(String name) {
            String method = pick("GET", "GET", "POST", "POST", "PUT", "HEAD", "DELETE");
            boolean body = method.equals("POST") || method.equals("PUT");
            int length = body ? size() : 0;
            Ask.Request request = new Ask.Request(method, length, length > 0 && oneIn(2), length > 0 && oneIn(5));
            List<Behaviour> behaviours = new ArrayList<>();
            for (int i = oneIn(2) ? 1 : 1 + chance.nextInt(3); i > 0; i--) {
                behaviours.add(behaviour());
            }
            return new Ask.Spec(name, request, List.copyOf(behaviours));
        }

        private int size() {
            return switch (chance.nextInt(8)) {
                case 0 -> 0;
                case 1 -> 1;
                case 2 -> chance.nextInt(100_000);
                case 3 -> chance.nextInt(300_000);
                default -> chance.nextInt(3_000);
            };
        }

        private Behaviour behaviour() {
            int status = oneIn(8) ? pick(204, 304, 404, 500, 503) : 200;
            Behaviour.Framing framing = pick(
                    Behaviour.Framing.LENGTH,
                    Behaviour.Framing.LENGTH,
                    Behaviour.Framing.CHUNKED,
                    Behaviour.Framing.CHUNKED,
                    Behaviour.Framing.CLOSE);
            boolean bad = trouble > 0 && oneIn(trouble > 2 ? 2 : 4);
            Behaviour.Ending ending = bad ? pick(Behaviour.Ending.values()) : Behaviour.Ending.WHOLE;
            int length = size();
            boolean lies = bad
                    && ending == Behaviour.Ending.WHOLE
                    && framing == Behaviour.Framing.LENGTH
                    && length > 0
                    && status == 200;
            return new Behaviour(
                    status,
                    framing,
                    length,
                    oneIn(6) ? 1 + chance.nextInt(3) : 0,
                    oneIn(3) ? chance.nextLong(oneIn(5) && trouble > 0 ? 15_000 : 200) : 0,
                    oneIn(6),
                    trouble == 0 || !oneIn(12),
                    ending,
                    oneIn(2) ? chance.nextInt(100) : chance.nextInt(length + 200),
                    oneIn(8),
                    lies ? (oneIn(2) ? 1 + chance.nextInt(50) : -1 - chance.nextInt(Math.min(length, 50))) : 0,
                    oneIn(8) ? chance.nextLong(500) : 0);
        }

        private boolean oneIn(int count) {
            return chance.nextInt(count) == 0;
        }

        @SafeVarargs
        private <T> T pick(T... from) {
            return from[chance.nextInt(from.length)];
        }
    }
}
