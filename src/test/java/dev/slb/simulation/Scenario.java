package dev.slb.simulation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.SchedulerType;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
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
 * @param flows what goes on at the UDP listener
 * @param layer4 what the TCP listener is like
 */
record Scenario(
        long seed,
        int loops,
        boolean eager,
        Network.Weather weather,
        List<Server> servers,
        List<ClientScript> clients,
        List<Talk.Script> talks,
        List<Edit> edits,
        SchedulerType scheduler,
        boolean checked,
        Speech speech,
        Flows flows,
        Layer4 layer4) {

    Scenario {
        talks = talks == null ? List.of() : talks;
        speech = speech == null ? Speech.HTTP1 : speech;
        flows = flows == null ? Flows.NONE : flows;
        layer4 = layer4 == null ? Records.with(Layer4.NONE, "scheduler", scheduler) : layer4;
    }

    static final long IDLE_MILLIS = 15_000;
    static final long DRAIN_MILLIS = 5_000;
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

        void simpler(Consumer<Server> candidate) {
            if (!isAlwaysUp()) {
                candidate.accept(Records.with(this, "downAtMillis", -1L, "upAtMillis", -1L, "blackHole", false));
            }
            if (idleMillis > 0) {
                candidate.accept(Records.with(this, "idleMillis", 0L));
            }
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

    /** Whether all servers of a group are there all the time, whatever their weights. */
    boolean serversStay() {
        return !isWithdrawn() && groupsStay() && servers.stream().allMatch(Server::isAlwaysUp);
    }

    /** Whether no server is taken out of a group. */
    boolean groupsStay() {
        return edits.stream().noneMatch(each -> each.kind == Edit.Kind.WITHOUT);
    }

    /** Whether the group of the TCP listener has a master and a slave. */
    boolean hasRoles() {
        return layer4.roles() && servers.size() > 1;
    }

    /** A failover is that of a check. */
    boolean isTcpChecked() {
        return layer4.checked() || hasRoles();
    }

    boolean weightsStay() {
        return edits.stream().noneMatch(each -> each.kind == Edit.Kind.WEIGHT);
    }

    boolean hasWeights() {
        return servers.stream().anyMatch(each -> each.weight > 0);
    }

    /** Whether every request must be answered by a server. */
    boolean isCalm() {
        return !isWithdrawn()
                && layer4.perSecond() == 0
                && !layer4.isShort()
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

    /** What is told ahead of a story. */
    List<String> describe() {
        List<String> lines = new ArrayList<>();
        lines.add("seed " + seed + ", " + loops + " loop(s)" + (eager ? ", eager channels, " : ", ") + weather + ", "
                + scheduler + (checked ? ", checked" : ""));
        lines.add("  " + speech);
        servers.forEach(each -> lines.add("  " + each));
        edits.forEach(each -> lines.add("  " + each));
        clients.forEach(each -> each.describe(line -> lines.add("  " + line)));
        talks.forEach(each -> lines.add("  " + each));
        flows.describe(line -> lines.add("  " + line));
        layer4.describe(line -> lines.add("  " + line));
        return lines;
    }

    /** Each that is a step simpler, those that are much simpler first. */
    void simpler(Consumer<Scenario> candidate) {
        speech.simpler(each -> candidate.accept(with("speech", each)));
        shorter("clients", clients, 0, candidate);
        shorter("talks", talks, 0, candidate);
        shorter("edits", edits, 0, candidate);
        shorter("servers", servers, 1, candidate);
        flows.simpler(each -> candidate.accept(with("flows", each)));
        layer4.simpler(each -> candidate.accept(with("layer4", each)));
        simpler("servers", servers, Server::simpler, candidate);
        simpler("clients", clients, ClientScript::simpler, candidate);
        simpler("talks", talks, Talk.Script::simpler, candidate);
        if (checked) {
            candidate.accept(with("checked", false));
        }
        if (loops > 1) {
            candidate.accept(with("loops", loops - 1));
        }
        if (!weather.equals(Generator.FINE)) {
            candidate.accept(with("weather", Generator.FINE));
        }
        if (scheduler != SchedulerType.RR) {
            candidate.accept(with("scheduler", SchedulerType.RR));
        }
    }

    private Scenario with(Layer4.Generator generator) {
        // Netty's own codec of HTTP/2 fails in ways of its own when it gets no buffer.
        boolean http2 = speech.servers().isHttp2() || !speech.http2Clients().isEmpty();
        Layer4 chosen = generator.layer4(scheduler, !http2);
        return with("layer4", chosen).with("talks", generator.opened(talks, chosen));
    }

    private Scenario with(String component, Object value) {
        return Records.with(this, component, value);
    }

    /** Each without one of those, while more than so many are left. */
    private void shorter(String component, List<?> list, int least, Consumer<Scenario> candidate) {
        for (int i = 0; i < list.size() && list.size() > least; i++) {
            candidate.accept(with(component, Records.without(list, i)));
        }
    }

    /** Each with one of those a step simpler. */
    private <T> void simpler(
            String component, List<T> list, BiConsumer<T, Consumer<T>> simpler, Consumer<Scenario> candidate) {
        for (int i = 0; i < list.size(); i++) {
            int which = i;
            simpler.accept(list.get(i), each -> candidate.accept(with(component, Records.with(list, which, each))));
        }
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
            List<ClientScript> clients = new ArrayList<>();
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
            Scenario scenario = new Scenario(
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
                    speech(clients),
                    oneIn(4) ? new Flows.Generator(chance.split()).flows() : Flows.NONE,
                    null);
            return onLayer4 ? scenario.with(new Layer4.Generator(chance.split())) : scenario;
        }

        private Speech speech(List<ClientScript> clients) {
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
                    oneIn(4) ? chance.nextLong(5_000) : 0,
                    null);
        }

        private ClientScript client(String name) {
            List<Ask.Spec> asks = new ArrayList<>();
            for (int i = 1 + chance.nextInt(4); i > 0; i--) {
                asks.add(ask(name + "." + asks.size()));
            }
            boolean leaves = trouble > 0 && oneIn(4);
            return new ClientScript(
                    name,
                    oneIn(2) ? 0 : chance.nextLong(3_000),
                    List.copyOf(asks),
                    oneIn(3) ? 1 + chance.nextInt(4) : 1,
                    leaves ? chance.nextInt(asks.size() * 150) : -1,
                    leaves
                            ? pick(ClientScript.Leaving.values())
                            : oneIn(3) ? ClientScript.Leaving.HALF_CLOSE : ClientScript.Leaving.CLOSE,
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
