package dev.slb.simulation;

import dev.slb.forwarder.Forwarder;
import dev.slb.forwarder.SimulatedForwarder;
import dev.slb.forwarder.l7.ClearHttp2Frontend;
import dev.slb.forwarder.transport.Faults;
import dev.slb.forwarder.transport.SimulatedTransport;
import dev.slb.plan.CapacityPlan;
import dev.slb.plan.DocumentId;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.LoadBalancerPlan;
import dev.slb.plan.ProxyProtocolPlan;
import dev.slb.plan.ServerPlan;
import dev.slb.plan.ServerRole;
import dev.slb.testing.HealthCheckPlanBuilder;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.TestPlans;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** One scenario, from its beginning to its end, against a forwarder as it ships. */
public final class Simulation {

    private static final String ADDRESS = "10.0.0.1";
    private static final int PORT = 80;
    private static final int TCP_PORT = 81;
    private static final int SERVER_PORT = 8080;
    private static final int TCP_SERVER_PORT = 9090;
    /** After that nobody may be waiting any more. */
    private static final long ENOUGH_SECONDS = 200;

    /** What nobody waits for has ended by then. */
    private static final long REST_SECONDS = 30;

    private static final long MOST_STEPS = 3_000_000;

    /** What came of it. */
    record Result(List<String> violations, List<String> story, long steps) {

        boolean isGood() {
            return violations.isEmpty();
        }

        /** The same kind of thing, whatever the names and numbers are. */
        String kind() {
            return violations.isEmpty() ? "" : violations.get(0).replaceAll("[cs]?\\d+(\\.\\d+)?", "#");
        }
    }

    private final Scenario scenario;
    private final Story story;
    private final Ledger ledger;
    private final Driver driver;
    private final Network network;
    private final ScarceAllocator allocator = new ScarceAllocator(this::isShortOfMemory);
    private final SimulatedLoop control;
    private final SimulatedLoops loops;
    private final SimulatedTransport transport;
    private final Forwarder forwarder;
    private final Map<String, SimulatedServer> servers = new LinkedHashMap<>();
    private final List<SimulatedClient> clients = new ArrayList<>();
    private final Talks talks;
    private final Set<String> down = new HashSet<>();
    private final UdpSide udp;
    private final SplittableRandom shortages;

    private Simulation(Scenario scenario, boolean told) {
        this.scenario = scenario;
        this.story = new Story(told);
        this.ledger = new Ledger(story);
        SplittableRandom chance = new SplittableRandom(scenario.seed() * 31 + 7);
        this.driver = new Driver(chance.split());
        story.driver(driver);
        this.network = new Network(driver, scenario.seed(), story);
        network.weather(scenario.weather());
        this.control = driver.newLoop("control");
        this.loops = new SimulatedLoops(IntStream.range(0, scenario.loops())
                .mapToObj(i -> driver.newLoop("loop " + i))
                .toList());
        this.talks = new Talks(scenario, driver, ledger, address(ADDRESS, TCP_PORT));
        this.udp = new UdpSide(scenario, driver, ledger, story, ADDRESS);
        this.shortages = new SplittableRandom(scenario.seed() ^ 0x3C6EF372L);
        Conditions conditions = new Conditions();
        udp.network().silent(conditions::isBlackHole);
        this.transport =
                new SimulatedTransport(network, loops, driver, allocator, new ToldFaults(), conditions, udp, ADDRESS);
        this.forwarder = SimulatedForwarder.start(
                transport, control, chance.split(), ADDRESS, scenario.flows().mostFlows());
    }

    /** @param told whether the story is kept */
    static Result run(Scenario scenario, boolean told) {
        Simulation simulation = new Simulation(scenario, told);
        try {
            return simulation.run();
        } catch (RuntimeException | Error e) {
            simulation.ledger.violated("a model or the simulator throws: " + Faults.summary(e));
            return new Result(simulation.ledger.violations(), simulation.story.lines(), simulation.driver.steps());
        }
    }

    private final class ToldFaults extends Faults {

        ToldFaults() {
            super(error -> {});
        }

        @Override
        public boolean endsBy(Throwable thrown) {
            if (isFatal(thrown)) {
                ledger.violated("an Error: " + summary(thrown));
            }
            return false;
        }

        @Override
        public void tell(Object where, Throwable thrown) {
            ledger.violated("a fault in " + where + ": " + summary(thrown));
        }
    }

    private final class Conditions implements SimulatedTransport.Conditions {

        @Override
        public boolean isEager() {
            return scenario.eager();
        }

        @Override
        public boolean hasConnections() {
            return !scenario.layer4().channels();
        }

        @Override
        public boolean isShortOfDescriptors() {
            return isShort(scenario.layer4().descriptors());
        }

        @Override
        public boolean isBlackHole(InetSocketAddress address) {
            return scenario.servers().stream()
                    .anyMatch(each -> each.blackHole()
                            && down.contains(each.name())
                            && address(each).getAddress().equals(address.getAddress()));
        }
    }

    private boolean isShortOfMemory() {
        return isShort(scenario.layer4().memory());
    }

    private boolean isShort(Layer4.Shortage of) {
        return of.isAt(TimeUnit.NANOSECONDS.toMillis(driver.nanoTime()) - 1_000)
                && shortages.nextInt(1_000) < of.ofThousand();
    }

    private InetSocketAddress address(Scenario.Server server) {
        return address("10.2.0." + (1 + Integer.parseInt(server.name().substring(1))), SERVER_PORT);
    }

    private static InetSocketAddress address(String text, int port) {
        try {
            return new InetSocketAddress(InetAddress.getByName(text), port);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private Result run() {
        startServers();
        forwarder.begin();
        if (scenario.layer4().perSecond() > 0) {
            forwarder.publish(loadBalancer());
        }
        publishGroups(-1, -1);
        forwarder.publish(listener(0));
        if (!scenario.talks().isEmpty()) {
            forwarder.publish(tcpListener());
        }
        if (hasUdp()) {
            forwarder.publish(scenario.flows().listener());
            udp.start();
        }
        forwarder.synced();
        scenario.edits().forEach(edit -> driver.after(millis(100 + edit.atMillis()), () -> edit(edit)));
        for (int i = 0; i < scenario.clients().size(); i++) {
            SimulatedClient client = client(scenario.clients().get(i));
            clients.add(client);
            if (scenario.layer4().acceptsProxy()) {
                client.opening(ProxyHeaders.write(
                        ProxyHeaders.Kind.V2,
                        new ProxyHeaders.Named(address("192.0.2.9", 1_000 + i), address("198.51.100.1", 443)),
                        10 * i));
            }
            int port = (client instanceof Http2Client ? ClearHttp2Frontend.FIRST_HTTP2_PORT : 30_000) + i;
            driver.after(millis(100), () -> client.start(address("10.1.0.1", port), address(ADDRESS, PORT)));
        }
        for (int i = 0; i < scenario.talks().size(); i++) {
            Talk talk = new Talk(scenario.talks().get(i), driver, network, ledger, talks);
            talks.add(talk);
            driver.after(millis(100), () -> talk.start(talk.source(), address(ADDRESS, TCP_PORT)));
        }
        boolean inTime = true;
        long end = driver.nanoTime() + TimeUnit.SECONDS.toNanos(ENOUGH_SECONDS);
        while (inTime && driver.nanoTime() < end && !isOver()) {
            inTime = driver.runUntil(driver.nanoTime() + TimeUnit.SECONDS.toNanos(1), MOST_STEPS);
        }
        inTime &= driver.runUntil(driver.nanoTime() + TimeUnit.SECONDS.toNanos(REST_SECONDS), MOST_STEPS);
        if (!inTime) {
            ledger.violated("it never comes to rest");
        } else {
            checkClients();
            checkCounts();
            forwarder.listeners().stream()
                    .filter(each -> each.id().equals(tcpListener().id()))
                    .forEach(talks::check);
            if (hasUdp()) {
                forwarder.listeners().stream()
                        .filter(each ->
                                each.id().equals(scenario.flows().listener().id()))
                        .forEach(udp::check);
            }
            end();
        }
        return new Result(ledger.violations(), story.lines(), driver.steps());
    }

    private boolean isOver() {
        return clients.stream().allMatch(SimulatedClient::isOver)
                && talks.all().stream().allMatch(Talk::isOver)
                && udp.isOver();
    }

    private boolean hasUdp() {
        return !scenario.flows().clients().isEmpty();
    }

    private static long millis(long count) {
        return TimeUnit.MILLISECONDS.toNanos(count);
    }

    private SimulatedClient client(ClientScript script) {
        Speech speech = scenario.speech();
        return speech.isHttp2(script.name())
                ? new Http2Client(
                        script, speech.clientManner(), speech.servers().isHttp2(), driver, network, ledger)
                : new Http1Client(script, driver, network, ledger, mustAnswer());
    }

    /** Whether whoever asks gets some answer. */
    private boolean mustAnswer() {
        Layer4 layer4 = scenario.layer4();
        return !scenario.isWithdrawn()
                && layer4.perSecond() == 0
                && !layer4.memory().isAny();
    }

    private SimulatedServer server(Scenario.Server each) {
        Speech speech = scenario.speech();
        return speech.servers().isHttp2()
                ? new Http2Server(
                        each.name(), driver, network, ledger, address(each), each.idleMillis(), speech.serverManner())
                : new Http1Server(each.name(), driver, network, ledger, address(each), each.idleMillis());
    }

    private void startServers() {
        for (Scenario.Server each : scenario.servers()) {
            SimulatedServer server = server(each);
            server.proxied(proxyProtocol().send());
            servers.put(each.name(), server);
            UdpSide.Server ofUdp = udp.server(each.name(), address(each).getAddress());
            up(each, server, ofUdp);
            if (each.downAtMillis() >= 0) {
                driver.after(millis(each.downAtMillis()), () -> {
                    down.add(each.name());
                    server.stop();
                    ofUdp.stop();
                    network.stopListening(tcpAddress(each));
                });
            }
            if (each.upAtMillis() >= 0) {
                driver.after(millis(each.upAtMillis()), () -> {
                    down.remove(each.name());
                    up(each, server, ofUdp);
                });
            }
        }
    }

    private void up(Scenario.Server each, SimulatedServer server, UdpSide.Server ofUdp) {
        server.start();
        ofUdp.start();
        Network.Acceptor acceptor = ProxyHeaders.reading(
                scenario.layer4().sends(),
                ledger,
                each.name(),
                (socket, named) -> Talk.accept(each.name(), socket, named, talks));
        network.listen(tcpAddress(each), socket -> {
            talks.connected(each.name());
            acceptor.accept(socket);
        });
    }

    private InetSocketAddress tcpAddress(Scenario.Server server) {
        return new InetSocketAddress(address(server).getAddress(), TCP_SERVER_PORT);
    }

    private void publishGroups(int heavier, int without) {
        forwarder.publish(group("web", SERVER_PORT, heavier, without));
        if (!scenario.talks().isEmpty()) {
            forwarder.publish(scenario.hasRoles() ? roles(without) : group("tcp", TCP_SERVER_PORT, heavier, without));
        }
        if (hasUdp()) {
            forwarder.publish(group("udp", Flows.SERVER_PORT, heavier, without));
        }
    }

    private GroupPlan group(String name, int port, int heavier, int without) {
        List<ServerPlan> plans = new ArrayList<>();
        for (int i = 0; i < scenario.servers().size(); i++) {
            Scenario.Server each = scenario.servers().get(i);
            if (i != without) {
                InetSocketAddress at = address(each);
                plans.add(new ServerPlan(
                        "entry/" + each.name(),
                        each.name(),
                        at.getAddress().getHostAddress(),
                        port,
                        null,
                        i == heavier ? each.weight() + 3 : each.weight(),
                        null,
                        null,
                        false));
            }
        }
        return new GroupPlan(DocumentId.vServerGroup("shop", name), TestPlans.SHOP, plans, 0);
    }

    private GroupPlan roles(int without) {
        List<ServerPlan> plans = new ArrayList<>();
        for (ServerRole role : ServerRole.values()) {
            Scenario.Server each = scenario.servers().get(role.ordinal());
            if (role.ordinal() != without) {
                String at = address(each).getAddress().getHostAddress();
                plans.add(new ServerPlan(
                        "entry/" + each.name(), each.name(), at, TCP_SERVER_PORT, null, 1, null, role, false));
            }
        }
        return new GroupPlan(DocumentId.masterSlaveGroup("shop", "tcp"), TestPlans.SHOP, plans, 0);
    }

    private LoadBalancerPlan loadBalancer() {
        return new LoadBalancerPlan(
                TestPlans.SHOP,
                1,
                null,
                null,
                new CapacityPlan(1_000_000, scenario.layer4().perSecond(), 1_000_000));
    }

    /** Servers of TCP are where those of HTTP are. */
    private ListenerPlan tcpListener() {
        ListenerPlanBuilder plan = ListenerPlanBuilder.tcp("tcp", TCP_PORT)
                .group(
                        scenario.hasRoles()
                                ? DocumentId.masterSlaveGroup("shop", "tcp")
                                : DocumentId.vServerGroup("shop", "tcp"))
                .idleMillis(Scenario.IDLE_MILLIS)
                .connectMillis(Scenario.CONNECT_MILLIS)
                .drain(Scenario.DRAIN_MILLIS, false);
        scenario.layer4().on(plan, scenario.isTcpChecked());
        return plan.build();
    }

    /** Of HTTP: to servers of HTTP/2, whose connections clients share, nobody may send a header. */
    private ProxyProtocolPlan proxyProtocol() {
        ProxyProtocolPlan ofTcp = scenario.layer4().proxyProtocol();
        return scenario.speech().servers().isHttp2()
                ? Records.with(ofTcp, "send", ProxyProtocolPlan.Version.NONE)
                : ofTcp;
    }

    private ListenerPlan listener(int version) {
        ListenerPlanBuilder plan = ListenerPlanBuilder.http("web", PORT)
                .scheduler(scenario.scheduler())
                .backend(scenario.speech().backend())
                .idleMillis(Scenario.IDLE_MILLIS + version)
                .connectMillis(Scenario.CONNECT_MILLIS)
                .requestMillis(Scenario.REQUEST_MILLIS)
                .responseIdleMillis(Scenario.RESPONSE_IDLE_MILLIS)
                .drain(Scenario.DRAIN_MILLIS, false);
        plan.proxyProtocol(proxyProtocol());
        if (scenario.checked()) {
            plan.check(HealthCheckPlanBuilder.http(1_000, 5_000)
                    .request("HEAD", "/check", null)
                    .proxy(proxyProtocol().send())
                    .backend(scenario.speech().backend())
                    .build());
        }
        return plan.build();
    }

    private void edit(Scenario.Edit edit) {
        story.say(() -> "published: " + edit);
        talks.published(edit);
        switch (edit.kind()) {
            case WEIGHT -> publishGroups(edit.which(), -1);
            case WITHOUT -> publishGroups(-1, edit.which());
            case ALL -> publishGroups(-1, -1);
            case LISTENER -> forwarder.publish(listener(1 + edit.which()));
            case WITHDRAWN -> {
                forwarder.withdraw(listener(0).id());
                driver.after(TimeUnit.SECONDS.toNanos(1), () -> forwarder.publish(listener(0)));
                if (!scenario.talks().isEmpty()) {
                    forwarder.withdraw(tcpListener().id());
                    driver.after(TimeUnit.SECONDS.toNanos(1), () -> forwarder.publish(tcpListener()));
                }
                if (hasUdp()) {
                    forwarder.withdraw(scenario.flows().listener().id());
                    driver.after(
                            TimeUnit.SECONDS.toNanos(1),
                            () -> forwarder.publish(scenario.flows().listener()));
                }
            }
        }
    }

    private void checkClients() {
        for (Talk talk : talks.all()) {
            if (!talk.isOver()) {
                ledger.violated("after " + ENOUGH_SECONDS + " s still there: " + talk);
            }
        }
        for (SimulatedClient client : clients) {
            if (!client.isOver()) {
                ledger.violated("after " + ENOUGH_SECONDS + " s still there: " + client);
            }
        }
        if (!scenario.isCalm()) {
            return;
        }
        for (int i = 0; i < clients.size(); i++) {
            ClientScript script = scenario.clients().get(i);
            if (script.leavesAt() < 0 && clients.get(i).isCalm()) {
                clients.get(i).checkAllAnswered();
            }
        }
    }

    private void checkCounts() {
        forwarder.stats().listeners().forEach((id, stats) -> {
            if (stats.activeConnections() != 0) {
                ledger.violated("connections are counted as open that are not: " + stats.activeConnections());
            }
        });
        forwarder.stats().servers().forEach(stats -> {
            if (stats.active() != 0) {
                ledger.violated("a server is counted as busy that is not: " + stats.name() + " " + stats.active());
            }
        });
    }

    private void end() {
        SimulatedForwarder.close(forwarder);
        driver.runUntil(driver.nanoTime() + TimeUnit.SECONDS.toNanos(20), MOST_STEPS);
        long lost = allocator.used();
        if (lost != 0) {
            ledger.violated("buffers are lost: " + lost + " bytes");
        }
        loops.all().forEach(loop -> {
            if (!loop.open().isEmpty()) {
                ledger.violated("sockets are still open: " + loop.open());
            }
        });
        if (!transport.open().isEmpty()) {
            ledger.violated("channels are still open: " + transport.open());
        }
    }
}
