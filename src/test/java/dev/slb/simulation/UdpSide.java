package dev.slb.simulation;

import dev.slb.forwarder.limits.LimitReasons;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Reasons;
import dev.slb.forwarder.transport.SimulatedTransport;
import dev.slb.plan.ForwarderStats;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** The clients and servers of the UDP listener, and what the forwarder's sockets have done. */
final class UdpSide implements SimulatedTransport.Datagrams {

    private static final byte[] ANYTHING = {0};
    private static final byte[] CHECK = Flows.CHECK.getBytes(StandardCharsets.US_ASCII);
    private static final byte[] GOOD = Flows.GOOD.getBytes(StandardCharsets.US_ASCII);

    private final Scenario scenario;
    private final Flows flows;
    private final Driver driver;
    private final Ledger ledger;
    private final Story story;
    private final InetSocketAddress listener;
    private final UdpNetwork network;
    private final UdpLedger seen;
    private final SplittableRandom chance;
    private final List<Client> clients = new ArrayList<>();
    private int answersToCome;

    private long fromClients;
    private long toServers;
    private long bytesToServers;
    private long fromServers;
    private long toClients;
    private long bytesToClients;

    UdpSide(Scenario scenario, Driver driver, Ledger ledger, Story story, String forwarder) {
        this.scenario = scenario;
        this.flows = scenario.flows();
        this.driver = driver;
        this.ledger = ledger;
        this.story = story;
        this.listener = address(forwarder, Flows.PORT);
        this.network = new UdpNetwork(driver, scenario.seed() ^ 0x5DEECE66DL, flows.weather());
        this.chance = new SplittableRandom(scenario.seed() ^ 0xBB67AE85L);
        boolean steady =
                flows.isSteady() && scenario.serversStay() && !scenario.layer4().isShort();
        // With a check, who has the first verdict is the first choice of everybody.
        boolean candidatesStay = scenario.weightsStay() && flows.check() == Flows.Check.NONE;
        this.seen = new UdpLedger(flows, ledger, driver, network, steady, candidatesStay, !scenario.isWithdrawn());
    }

    UdpNetwork network() {
        return network;
    }

    private static InetSocketAddress address(String text, int port) {
        try {
            return new InetSocketAddress(InetAddress.getByName(text), port);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Clients begin. */
    void start() {
        for (Flows.Client each : flows.clients()) {
            Client client = new Client(each);
            clients.add(client);
            driver.after(TimeUnit.MILLISECONDS.toNanos(100 + each.startMillis()), client::next);
        }
    }

    boolean isOver() {
        return answersToCome == 0 && clients.stream().allMatch(Client::isOver);
    }

    /** One that sends. */
    private final class Client {

        private final Flows.Client script;
        private final int number;
        private UdpSocket socket;
        private int ports;
        private int next;
        /** By which its server wants to be called. */
        private byte[] serverId;

        Client(Flows.Client script) {
            this.script = script;
            this.number = Integer.parseInt(script.name().substring(1));
            open();
        }

        private void open() {
            UdpSocket opened = network.newSocket();
            try {
                opened.bind(address("10.1.1." + script.address(), 50_000 + 100 * number + ports++));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            opened.owner(() -> receive(opened));
            socket = opened;
        }

        boolean isOver() {
            return next == script.sends().size();
        }

        private void next() {
            if (isOver()) {
                return;
            }
            driver.after(TimeUnit.MILLISECONDS.toNanos(script.sends().get(next).afterMillis()), this::send);
        }

        private void send() {
            Flows.Send spec = script.sends().get(next);
            if (spec.newPort()) {
                open();
            }
            byte[] header = header();
            byte[] bytes = new Datagram(number, next, -1, spec.length()).bytes(header);
            int which = next++;
            story.say(() -> script.name() + " sends " + which + " with " + bytes.length + " bytes from "
                    + socket.local().getPort());
            seen.sent(number, which, spec, bytes, header.length, socket.local());
            try {
                socket.send(bytes, listener);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            next();
        }

        private byte[] header() {
            if (!flows.isQuic()) {
                return new byte[0];
            }
            return serverId == null
                    ? Datagram.longHeader(Datagram.id(1, number, 0), Datagram.id(3, number, 0))
                    : Datagram.shortHeader(serverId);
        }

        private void receive(UdpSocket at) {
            try {
                for (UdpSocket.Datagram each = at.receive(); each != null; each = at.receive()) {
                    byte[] bytes = each.bytes();
                    story.say(() -> script.name() + " gets " + bytes.length + " bytes");
                    if (!each.from().equals(listener)) {
                        ledger.violated(script.name() + " gets something from elsewhere than it has sent to");
                    }
                    seen.got(number, at.local(), bytes);
                    if (flows.isQuic() && Datagram.hasLongHeader(bytes)) {
                        serverId = Datagram.source(bytes);
                    }
                }
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** A server of the group. It is not there yet. */
    Server server(String name, InetAddress address) {
        return new Server(name, new InetSocketAddress(address, Flows.SERVER_PORT));
    }

    /** One that answers. */
    final class Server {

        private final String name;
        private final int number;
        private final InetSocketAddress address;
        private UdpSocket socket;

        private Server(String name, InetSocketAddress address) {
            this.name = name;
            this.number = 1 + Integer.parseInt(name.substring(1));
            this.address = address;
        }

        void start() {
            if (socket != null) {
                return;
            }
            UdpSocket opened = network.newSocket();
            try {
                opened.bind(address);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            opened.owner(() -> receive(opened));
            socket = opened;
        }

        void stop() {
            if (socket != null) {
                socket.close();
                socket = null;
            }
        }

        private void receive(UdpSocket at) {
            try {
                for (UdpSocket.Datagram each = at.receive(); each != null; each = at.receive()) {
                    if (Arrays.equals(each.bytes(), CHECK)) {
                        at.send(GOOD, each.from());
                    } else if (!Arrays.equals(each.bytes(), ANYTHING)) {
                        received(at, each);
                    }
                }
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        private void received(UdpSocket at, UdpSocket.Datagram datagram) {
            byte[] bytes = datagram.bytes();
            InetSocketAddress proxied = null;
            if (flows.sendsProxy()) {
                proxied = proxied(bytes);
                if (proxied == null) {
                    ledger.violated(name + " gets a datagram without the header that must be there");
                    return;
                }
                bytes = Arrays.copyOfRange(bytes, ProxyHeaders.LENGTH, bytes.length);
            }
            int length = bytes.length;
            story.say(() ->
                    name + " gets " + length + " bytes from " + datagram.from().getPort());
            UdpLedger.Sent sent = seen.received(name, datagram.from(), bytes, proxied);
            if (sent == null) {
                answer(at, datagram.from(), null, bytes, 0);
                return;
            }
            Datagram said = Datagram.read(bytes, flows.isQuic() ? Datagram.headerLength(bytes) : 0);
            byte[] header = header(bytes, said.client());
            for (int i = 0; i < sent.spec.answers(); i++) {
                int named = Math.max(sent.spec.answerLength(), header.length + 4);
                Datagram answer = new Datagram(said.client(), said.which(), i, named);
                answer(at, datagram.from(), answer, answer.bytes(header), sent.spec.answerMillis());
            }
        }

        /** Null: there is none, or not that of this listener. */
        private InetSocketAddress proxied(byte[] bytes) {
            ProxyHeaders.Named named = bytes.length < ProxyHeaders.LENGTH
                    ? null
                    : ProxyHeaders.ofBinary(Arrays.copyOf(bytes, ProxyHeaders.LENGTH), ProxyHeaders.DATAGRAM);
            return named != null && listener.equals(named.destination()) ? named.client() : null;
        }

        private byte[] header(byte[] request, int client) {
            if (!flows.isQuic()) {
                return new byte[0];
            }
            byte[] clientId = Datagram.id(3, client, 0);
            if (!Datagram.hasLongHeader(request)) {
                return Datagram.shortHeader(clientId);
            }
            byte[] own = Datagram.id(2, number, client);
            seen.named(own, name);
            return Datagram.longHeader(clientId, own);
        }

        private void answer(UdpSocket at, InetSocketAddress to, Datagram what, byte[] bytes, long delayMillis) {
            answersToCome++;
            driver.after(TimeUnit.MILLISECONDS.toNanos(delayMillis), () -> {
                answersToCome--;
                if (at.isClosed()) {
                    return;
                }
                seen.answered(to, what, bytes);
                try {
                    at.send(bytes, to);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
        }
    }

    @Override
    public UdpSocket newSocket() {
        return network.newSocket();
    }

    @Override
    public boolean sharesPorts() {
        return flows.kernel().sharesPorts();
    }

    @Override
    public boolean sendsSegments() {
        return flows.kernel().segments();
    }

    @Override
    public boolean refusesSegments() {
        return chance.nextInt(1000) < flows.kernel().refusesOfThousand();
    }

    @Override
    public boolean isSocketFull() {
        return chance.nextInt(1000) < flows.kernel().fullOfThousand();
    }

    private static boolean isOfCheck(byte[] datagram) {
        return Arrays.equals(datagram, ANYTHING) || Arrays.equals(datagram, CHECK) || Arrays.equals(datagram, GOOD);
    }

    @Override
    public void receivedFromClient(byte[] datagram) {
        fromClients++;
    }

    @Override
    public void sentToServer(byte[] datagram) {
        if (!isOfCheck(datagram)) {
            toServers++;
            bytesToServers += datagram.length - proxyLength();
        }
    }

    private int proxyLength() {
        return flows.sendsProxy() ? ProxyHeaders.LENGTH : 0;
    }

    @Override
    public void receivedFromServer(byte[] datagram) {
        if (!isOfCheck(datagram)) {
            fromServers++;
        }
    }

    @Override
    public void sentToClient(byte[] datagram) {
        toClients++;
        bytesToClients += datagram.length;
    }

    /** When all is over, before the forwarder is closed. */
    void check(ListenerRuntime runtime) {
        seen.checkAllEnded();
        if (flows.isCalm()
                && scenario.serversStay()
                && scenario.hasWeights()
                && scenario.layer4().perSecond() == 0
                && !scenario.layer4().isShort()) {
            seen.checkAllCame(proxyLength());
        }
        if (!scenario.isWithdrawn()) {
            checkCounts(runtime.stats().datagrams());
            checkReasons(runtime);
        }
    }

    private void checkCounts(ForwarderStats.DatagramStats counted) {
        adds("datagrams to servers", counted.in(), toServers);
        adds("bytes to servers", counted.bytesIn(), bytesToServers);
        adds("datagrams to clients", counted.out(), toClients);
        adds("bytes to clients", counted.bytesOut(), bytesToClients);
        adds("datagrams that were not passed on", counted.dropped(), fromClients + fromServers - toServers - toClients);
    }

    private void adds(String what, long counted, long happened) {
        if (counted != happened) {
            ledger.violated(what + " are not counted as they happen: " + counted + " and " + happened);
        }
    }

    private void checkReasons(ListenerRuntime runtime) {
        PossibleReasons possible = new PossibleReasons();
        possible.add(flows.mostFlows() > 0, Reasons.FLOW_LIMIT);
        possible.add(flows.mostOfListener() > 0, LimitReasons.LISTENER_CONNECTIONS);
        possible.add(scenario.layer4().perSecond() > 0, LimitReasons.CONNECTION_RATE);
        possible.add(scenario.layer4().isShort(), Reasons.NO_SOCKET);
        possible.add(scenario.layer4().memory().isAny(), Reasons.BUFFER_MEMORY);
        possible.add(flows.kernel().fullOfThousand() > 0, Reasons.SOCKET_FULL);
        possible.add(flows.sendsProxy(), Reasons.NOT_SENT);
        boolean checked = flows.check() != Flows.Check.NONE;
        possible.add(checked, Reasons.NO_VERDICT);
        possible.add(checked && !(scenario.serversStay() && flows.isSteady()), Reasons.NO_HEALTHY_SERVER);
        possible.add(!scenario.serversStay(), Reasons.CONNECT_FAILED);
        possible.add(!scenario.serversStay(), Reasons.SERVERS_PAUSED);
        possible.add(!scenario.serversStay(), Reasons.NO_SERVERS);
        possible.add(!scenario.hasWeights() || !scenario.serversStay(), Reasons.ALL_WEIGHTS_ZERO);
        possible.check("datagrams are dropped", runtime, ledger);
    }
}
