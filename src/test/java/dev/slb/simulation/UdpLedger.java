package dev.slb.simulation;

import dev.slb.plan.SchedulerType;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** All datagrams of a simulation, and the flows that servers see: what comes is held against what was sent, and where it must come. */
final class UdpLedger {

    /** How long after its time a flow may still be there: deadlines have ticks, and loops are late. */
    private static final long LATE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private record Key(int client, int which, int answer) {}

    /** One that was sent. */
    static final class Sent {
        final Flows.Send spec;
        final byte[] bytes;
        final InetSocketAddress from;
        private final long at;
        private final long previousAt;
        private boolean received;

        private Sent(Flows.Send spec, byte[] bytes, InetSocketAddress from, long at, long previousAt) {
            this.spec = spec;
            this.bytes = bytes;
            this.from = from;
            this.at = at;
            this.previousAt = previousAt;
        }
    }

    /** A socket of the forwarder, as a server sees it. */
    private static final class Flow {
        private final InetSocketAddress socket;
        private InetSocketAddress client;
        private long lastSeen;
        private long lastGot;
        private long lastAnswer;
        private int lastWhich = -1;
        private int answers;
        private int lastAnswerSeen = -1;

        private Flow(InetSocketAddress socket) {
            this.socket = socket;
        }
    }

    /** @param early whether its flow is certainly still there when it comes */
    private record Answer(byte[] bytes, Flow flow, int number, InetSocketAddress to, boolean early) {}

    /** What a client's socket has sent and got that says not which it is, by length. */
    private static final class Nameless {
        private final int[] sent = new int[Datagram.ID];
        private final int[] got = new int[Datagram.ID];
    }

    private final Flows flows;
    private final Ledger ledger;
    private final Driver driver;
    private final UdpNetwork network;
    private final boolean steady;
    private final boolean candidatesStay;
    private final boolean oneListener;
    private final Map<Key, Sent> sent = new LinkedHashMap<>();
    private final Map<Key, Answer> answers = new LinkedHashMap<>();
    private final Map<Key, Boolean> answersReceived = new HashMap<>();
    private final Map<InetSocketAddress, Flow> seen = new LinkedHashMap<>();
    private final Map<InetSocketAddress, Long> lastSent = new HashMap<>();
    private final Map<InetSocketAddress, Nameless> nameless = new HashMap<>();
    private final Map<Object, String> homes = new HashMap<>();

    /**
     * @param steady whether no flow has a reason to move
     * @param candidatesStay whether neither has a new one to go elsewhere than an old one would
     * @param oneListener whether it is the same all the time
     */
    UdpLedger(
            Flows flows,
            Ledger ledger,
            Driver driver,
            UdpNetwork network,
            boolean steady,
            boolean candidatesStay,
            boolean oneListener) {
        this.flows = flows;
        this.ledger = ledger;
        this.driver = driver;
        this.network = network;
        this.steady = steady;
        this.candidatesStay = candidatesStay;
        this.oneListener = oneListener;
    }

    private long mostDelay() {
        return network.weather().mostDelayNanos();
    }

    private static String name(int client, int which) {
        return "u" + client + "." + which;
    }

    /** A client is about to send this. */
    void sent(int client, int which, Flows.Send spec, byte[] bytes, int headerLength, InetSocketAddress from) {
        long now = driver.nanoTime();
        Long previous = lastSent.put(from, now);
        if (Datagram.read(bytes, headerLength) == null) {
            nameless(from).sent[bytes.length]++;
        }
        sent.put(new Key(client, which, -1), new Sent(spec, bytes, from, now, previous == null ? 0 : previous));
    }

    private Nameless nameless(InetSocketAddress from) {
        return nameless.computeIfAbsent(from, any -> new Nameless());
    }

    /**
     * A server has got this.
     *
     * @param proxied whose it is, as the PROXY header says; null without one
     * @return null when it is not known which it is
     */
    Sent received(String server, InetSocketAddress from, byte[] bytes, InetSocketAddress proxied) {
        int headerLength = flows.isQuic() ? Datagram.headerLength(bytes) : 0;
        Datagram said = Datagram.read(bytes, headerLength);
        Flow flow = seen.computeIfAbsent(from, Flow::new);
        checkLimits();
        if (proxied != null) {
            belongs(server, flow, proxied);
        }
        if (said == null) {
            flow.lastSeen = driver.nanoTime();
            for (byte each : bytes) {
                if (flow.client != null && each != bytes[0]) {
                    ledger.violated(server + " gets another datagram than was sent");
                }
            }
            return null;
        }
        Sent original = sent.get(new Key(said.client(), said.which(), said.answer()));
        if (original == null) {
            ledger.violated(server + " gets a datagram that nobody has sent");
            return null;
        }
        String name = name(said.client(), said.which());
        if (!Arrays.equals(bytes, original.bytes)) {
            ledger.violated(server + " gets another datagram than was sent: " + name + " with " + bytes.length + " of "
                    + original.bytes.length + " bytes");
        }
        if (original.received) {
            ledger.violated(server + " gets " + name + " twice");
        }
        original.received = true;
        belongs(server, flow, original.from);
        checkIdle(flow, original, name);
        checkHome(server, said, original, bytes);
        if (oneListener && network.weather().inOrder() && said.which() < flow.lastWhich) {
            ledger.violated(server + " gets " + name + " behind a later one");
        }
        flow.lastWhich = said.which();
        flow.lastSeen = driver.nanoTime();
        return original;
    }

    /** One flow, one client. A client's next flow begins when its last one was idle, or had a reason to move. */
    private void belongs(String server, Flow flow, InetSocketAddress client) {
        if (flow.client != null && !flow.client.equals(client)) {
            ledger.violated(server + " gets datagrams of two clients from one socket");
            return;
        }
        if (flow.client == null) {
            flow.client = client;
            if (steady) {
                seen.values().stream()
                        .filter(each -> each != flow
                                && client.equals(each.client)
                                && each.socket.getPort() < flow.socket.getPort()
                                && driver.nanoTime() - Math.max(each.lastSeen, each.lastGot) + mostDelay()
                                        < idleNanos())
                        .forEach(each -> ledger.violated("a flow has ended before its idle time"));
            }
        }
    }

    private long idleNanos() {
        return TimeUnit.MILLISECONDS.toNanos(flows.idleMillis());
    }

    private void checkIdle(Flow flow, Sent original, String name) {
        if (flow.lastSeen == 0) {
            return;
        }
        long last = Math.max(flow.lastSeen, Math.max(original.previousAt + mostDelay(), flow.lastAnswer + mostDelay()));
        if (original.at - last > idleNanos() + LATE_NANOS) {
            ledger.violated("a flow outlives its idle time, and has " + name);
        }
    }

    /** What the scheduler promises. */
    private void checkHome(String server, Datagram said, Sent original, byte[] bytes) {
        if (!steady || !candidatesStay) {
            return;
        }
        InetAddress address = original.from.getAddress();
        if (flows.isBySource()) {
            home(address, server, "a client address");
        } else if (flows.scheduler() == SchedulerType.TCH) {
            home(original.from, server, "a client's port");
        } else if (flows.isQuic()) {
            home(Arrays.toString(Datagram.destination(bytes)), server, "a QUIC connection");
        }
    }

    /** By this id a server wants to be called. */
    void named(byte[] connectionId, String server) {
        if (steady && candidatesStay && !flows.isBySource()) {
            home(Arrays.toString(connectionId), server, "a QUIC connection");
        }
    }

    private void home(Object whose, String server, String what) {
        String before = homes.putIfAbsent(whose, server);
        if (before != null && !before.equals(server)) {
            ledger.violated(what + " has " + server + " having had " + before);
        }
    }

    private void checkLimits() {
        long live = seen.keySet().stream().filter(network::isBound).count();
        if (flows.mostFlows() > 0 && live > flows.mostFlows()) {
            ledger.violated("more flows than there may be: " + live);
        }
        if (oneListener && flows.mostOfListener() > 0 && live > flows.mostOfListener()) {
            ledger.violated("more flows than the listener may have: " + live);
        }
    }

    /** A server is about to answer. */
    void answered(InetSocketAddress to, Datagram what, byte[] bytes) {
        Flow flow = seen.get(to);
        boolean early = driver.nanoTime() + 2 * mostDelay() - flow.lastSeen < idleNanos();
        flow.lastAnswer = driver.nanoTime();
        if (what != null) {
            answers.put(
                    new Key(what.client(), what.which(), what.answer()),
                    new Answer(bytes, flow, flow.answers++, flow.client, early));
        }
    }

    /** A client has got this at one of its sockets. */
    void got(int client, InetSocketAddress at, byte[] bytes) {
        Datagram said = Datagram.read(bytes, flows.isQuic() ? Datagram.headerLength(bytes) : 0);
        String name = "u" + client;
        if (said == null) {
            Nameless known = nameless(at);
            if (++known.got[bytes.length] > known.sent[bytes.length]) {
                ledger.violated(name + " gets an answer that is not for it");
            }
            for (byte each : bytes) {
                if (each != client) {
                    ledger.violated(name + " gets an answer that is for another");
                }
            }
            return;
        }
        Key key = new Key(said.client(), said.which(), said.answer());
        Answer answer = answers.get(key);
        if (answer == null) {
            ledger.violated(name + " gets an answer that nobody has sent");
            return;
        }
        if (said.client() != client || !at.equals(answer.to)) {
            ledger.violated(name + " gets an answer that is for another: to " + name(said.client(), said.which()));
        }
        if (!Arrays.equals(bytes, answer.bytes)) {
            ledger.violated(name + " gets another answer than was sent: " + bytes.length + " of " + answer.bytes.length
                    + " bytes to " + name(said.client(), said.which()));
        }
        if (answersReceived.put(key, true) != null) {
            ledger.violated(name + " gets an answer twice to " + name(said.client(), said.which()));
        }
        if (network.weather().inOrder()
                && !flows.kernel().refuses()
                && oneListener
                && answer.number < answer.flow.lastAnswerSeen) {
            ledger.violated(name + " gets an answer behind a later one to " + name(said.client(), said.which()));
        }
        answer.flow.lastAnswerSeen = answer.number;
        answer.flow.lastGot = driver.nanoTime();
    }

    /** Everything has come that was sent. */
    void checkAllCame(int proxyHeader) {
        sent.forEach((key, each) -> {
            if (each.bytes.length + proxyHeader <= UdpSocket.LONGEST
                    && !each.received
                    && Datagram.read(each.bytes, flows.isQuic() ? Datagram.headerLength(each.bytes) : 0) != null) {
                ledger.violated(name(key.client, key.which) + " reaches no server though nothing was in its way");
            }
        });
        answers.forEach((key, each) -> {
            if (each.early && !answersReceived.containsKey(key)) {
                ledger.violated(
                        "an answer to " + name(key.client, key.which) + " does not come though nothing was in its way");
            }
        });
        nameless.values().forEach(each -> {
            if (!Arrays.equals(each.sent, each.got)) {
                ledger.violated("short datagrams have no answers though nothing was in their way");
            }
        });
    }

    /** None is left. */
    void checkAllEnded() {
        if (seen.keySet().stream().anyMatch(network::isBound)) {
            ledger.violated("a flow has not ended in the end");
        }
    }
}
