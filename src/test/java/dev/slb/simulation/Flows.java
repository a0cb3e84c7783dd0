package dev.slb.simulation;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.slb.plan.DocumentId;
import dev.slb.plan.HealthCheckPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.PersistencePlan;
import dev.slb.plan.ProxyProtocolPlan;
import dev.slb.plan.SchedulerType;
import dev.slb.testing.HealthCheckPlanBuilder;
import dev.slb.testing.ListenerPlanBuilder;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * What goes on at the UDP listener.
 *
 * @param clients who sends; none: there is no such listener
 * @param scheduler of the listener
 * @param persistMillis for how long a client keeps its server; 0: the scheduler decides
 * @param weather how datagrams travel
 * @param kernel what sockets take
 * @param idleMillis after which a flow ends
 * @param mostFlows of the forwarder; 0: no limit that is met
 * @param mostOfListener of the listener; 0: no limit
 * @param sendsProxy whether servers get the PROXY header
 * @param check of servers
 */
record Flows(
        List<Client> clients,
        SchedulerType scheduler,
        long persistMillis,
        UdpNetwork.Weather weather,
        Kernel kernel,
        long idleMillis,
        int mostFlows,
        int mostOfListener,
        boolean sendsProxy,
        Check check) {

    static final int PORT = 82;
    static final int SERVER_PORT = 7070;
    static final String CHECK = "check";
    static final String GOOD = "good";

    private static final UdpNetwork.Weather FINE = new UdpNetwork.Weather(200_000, 0, true, 10_000);
    private static final Kernel PLAIN = new Kernel(true, false, 0, 0);

    /** No UDP. */
    static final Flows NONE = new Flows(List.of(), SchedulerType.WRR, 0, FINE, PLAIN, 10_000, 0, 0, false, Check.NONE);

    /**
     * @param address the last number of its address, which it may share with others
     * @param sends what it sends
     */
    record Client(String name, int address, long startMillis, List<Send> sends) {

        void simpler(Consumer<Client> candidate) {
            if (sends.size() > 3) {
                candidate.accept(Records.with(this, "sends", sends.subList(0, sends.size() / 2)));
                candidate.accept(Records.with(this, "sends", sends.subList(sends.size() / 2, sends.size())));
            }
            for (int i = 0; i < sends.size(); i++) {
                if (sends.size() > 1) {
                    candidate.accept(Records.with(this, "sends", Records.without(sends, i)));
                }
            }
            for (int i = 0; i < sends.size(); i++) {
                int which = i;
                Records.towards(
                        Send.PLAIN,
                        sends.get(i),
                        each -> candidate.accept(Records.with(this, "sends", Records.with(sends, which, each))));
            }
        }
    }

    /**
     * A datagram of a client.
     *
     * @param afterMillis the one before it
     * @param length in bytes
     * @param answers how many the server sends back
     * @param answerLength of each
     * @param answerMillis after which they come
     * @param newPort whether the client sends from another port from now on
     */
    record Send(long afterMillis, int length, int answers, int answerLength, long answerMillis, boolean newPort) {

        static final Send PLAIN = new Send(10, 20, 1, 20, 0, false);
    }

    /**
     * @param sharesPorts whether each event loop has a socket at the port
     * @param segments whether it takes several at once
     * @param refusesOfThousand how often it does not, though it said so
     * @param fullOfThousand how often a socket takes nothing
     */
    record Kernel(boolean sharesPorts, boolean segments, int refusesOfThousand, int fullOfThousand) {

        /** Whether answers that were to go together may come behind later ones, going one by one after all. */
        boolean refuses() {
            return segments && refusesOfThousand > 0;
        }
    }

    /** How servers are checked. */
    enum Check {
        NONE,
        /** Good is whoever is silent. */
        PASSIVE,
        /** Good is whoever answers. */
        ASKED
    }

    @JsonIgnore
    boolean isQuic() {
        return scheduler == SchedulerType.QCH;
    }

    /** Whether one client address has one server. */
    @JsonIgnore
    boolean isBySource() {
        return scheduler == SchedulerType.SCH || persistMillis > 0;
    }

    /** Whether no datagram may be lost, as far as it is theirs. */
    @JsonIgnore
    boolean isCalm() {
        return isSteady()
                && weather.lostOfThousand() == 0
                && weather.room() >= FINE.room()
                && kernel.fullOfThousand() == 0
                && check == Check.NONE
                && mostFlows == 0
                && mostOfListener == 0;
    }

    /** Whether checks find nothing. */
    @JsonIgnore
    boolean isSteady() {
        return check != Check.ASKED
                || weather.lostOfThousand() == 0 && weather.room() >= FINE.room() && kernel.fullOfThousand() == 0;
    }

    ListenerPlan listener() {
        ListenerPlanBuilder plan = ListenerPlanBuilder.udp("udp", PORT)
                .group(DocumentId.vServerGroup("shop", "udp"))
                .scheduler(scheduler)
                .idleMillis(idleMillis)
                .drain(5_000, false);
        if (persistMillis > 0) {
            plan.persistence(new PersistencePlan(PersistencePlan.Type.SOURCE_IP, persistMillis, null));
        }
        if (mostOfListener > 0) {
            plan.maxConnections(mostOfListener);
        }
        if (sendsProxy) {
            plan.sendProxy(ProxyProtocolPlan.Version.V2);
        }
        HealthCheckPlan health = healthCheck();
        if (health != null) {
            plan.check(health);
        }
        return plan.build();
    }

    /** Null: none. */
    private HealthCheckPlan healthCheck() {
        HealthCheckPlanBuilder plan = HealthCheckPlanBuilder.udp(1_000, 2_000);
        return switch (check) {
            case NONE -> null;
            case PASSIVE -> plan.build();
            case ASKED -> plan.datagrams(CHECK, GOOD).build();
        };
    }

    void describe(Consumer<String> line) {
        if (!clients.isEmpty()) {
            line.accept("UDP: " + scheduler + (persistMillis > 0 ? ", persistent for " + persistMillis + " ms" : "")
                    + ", " + weather + ", " + kernel + ", idle after " + idleMillis + " ms, flows: "
                    + (mostFlows == 0 ? "any" : mostFlows) + ", of the listener "
                    + (mostOfListener == 0 ? "any" : mostOfListener) + (sendsProxy ? ", PROXY header" : "")
                    + ", check " + check);
            clients.forEach(each -> {
                line.accept("  client " + each.name() + " at 10.1.1." + each.address() + " from " + each.startMillis()
                        + " ms");
                each.sends().forEach(send -> line.accept("    " + send));
            });
        }
    }

    /** Each that is a step simpler. */
    void simpler(Consumer<Flows> candidate) {
        if (clients.isEmpty()) {
            return;
        }
        candidate.accept(NONE);
        for (int i = 0; i < clients.size(); i++) {
            if (clients.size() > 1) {
                candidate.accept(Records.with(this, "clients", Records.without(clients, i)));
            }
        }
        Records.towards(Records.with(NONE, "clients", clients), this, candidate);
        for (int i = 0; i < clients.size(); i++) {
            int which = i;
            clients.get(i)
                    .simpler(each ->
                            candidate.accept(Records.with(this, "clients", Records.with(clients, which, each))));
        }
    }

    /** Chooses all of it. */
    static final class Generator {

        private final SplittableRandom chance;

        Generator(SplittableRandom chance) {
            this.chance = chance;
        }

        Flows flows() {
            List<Client> clients = new ArrayList<>();
            long idleMillis = oneIn(2) ? 10_000 : 500 + chance.nextInt(12_000);
            boolean quic = oneIn(4);
            boolean large = oneIn(3);
            for (int i = 1 + chance.nextInt(4); i > 0; i--) {
                clients.add(client("u" + i, idleMillis, large));
            }
            boolean calm = oneIn(2);
            boolean limited = !calm && oneIn(3);
            boolean persists = !quic && oneIn(5);
            SchedulerType[] others = {
                SchedulerType.WRR, SchedulerType.RR, SchedulerType.WLC, SchedulerType.SCH, SchedulerType.TCH
            };
            return new Flows(
                    List.copyOf(clients),
                    quic ? SchedulerType.QCH : others[chance.nextInt(others.length)],
                    persists ? 60_000 : 0,
                    new UdpNetwork.Weather(
                            1 + chance.nextLong(40_000_000),
                            calm ? 0 : oneIn(2) ? chance.nextInt(200) : 0,
                            oneIn(2),
                            calm || oneIn(2) ? FINE.room() : 1 + chance.nextInt(10)),
                    new Kernel(
                            !oneIn(4),
                            oneIn(2),
                            oneIn(2) ? chance.nextInt(300) : 0,
                            calm || oneIn(2) ? 0 : chance.nextInt(200)),
                    idleMillis,
                    limited && oneIn(2) ? 1 + chance.nextInt(4) : 0,
                    limited ? 1 + chance.nextInt(4) : 0,
                    oneIn(3),
                    calm || oneIn(2) ? Check.NONE : oneIn(2) ? Check.PASSIVE : Check.ASKED);
        }

        private Client client(String name, long idleMillis, boolean large) {
            List<Send> sends = new ArrayList<>();
            long pause = oneIn(2) ? 0 : chance.nextLong(200);
            boolean roams = oneIn(4);
            for (int i = 1 + chance.nextInt(20); i > 0; i--) {
                long after = oneIn(8) ? chance.nextLong(oneIn(2) ? 2 * idleMillis : 2_000) : pause;
                sends.add(new Send(
                        after,
                        length(large),
                        oneIn(3) ? chance.nextInt(5) : 1,
                        length(large),
                        oneIn(4) ? chance.nextLong(2_000) : 0,
                        roams && oneIn(6)));
            }
            return new Client(name, 1 + chance.nextInt(3), oneIn(2) ? 0 : chance.nextLong(3_000), List.copyOf(sends));
        }

        private int length(boolean large) {
            return switch (chance.nextInt(8)) {
                case 0 -> 0;
                case 1 -> chance.nextInt(4);
                case 2 -> chance.nextInt(large ? UdpSocket.LONGEST + 1 : 1_500);
                case 3 -> large ? UdpSocket.LONGEST - chance.nextInt(60) : 1_472;
                case 4 -> 1_200;
                default -> 4 + chance.nextInt(100);
            };
        }

        private boolean oneIn(int count) {
            return chance.nextInt(count) == 0;
        }
    }
}
