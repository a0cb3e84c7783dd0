package dev.slb.simulation;

import dev.slb.forwarder.limits.LimitReasons;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Reasons;
import dev.slb.plan.SchedulerType;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** All connections of the TCP listener: which server each gets to, who may be turned away, and when the forwarder may end one. */
final class Talks {

    /** How late a deadline may be: it has ticks, and loops are late. */
    private static final long LATE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final double BURST_SECONDS = 0.1;
    /** What is in hand of one connection may go on whatever is left of the bandwidth: reads, and what waits to be written. */
    private static final int IN_HAND = 320 * 1024;

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final Scenario scenario;
    private final Layer4 layer4;
    private final Driver driver;
    private final Ledger ledger;
    private final InetSocketAddress listener;
    private final Map<String, Talk> talks = new LinkedHashMap<>();
    private final Map<Object, String> homes = new HashMap<>();
    private final List<Long> arrivals = new ArrayList<>();
    private int slaveConnections;
    private long bytesToServers;
    private long bytesToClients;

    Talks(Scenario scenario, Driver driver, Ledger ledger, InetSocketAddress listener) {
        this.scenario = scenario;
        this.layer4 = scenario.layer4();
        this.driver = driver;
        this.ledger = ledger;
        this.listener = listener;
    }

    Ledger ledger() {
        return ledger;
    }

    void add(Talk talk) {
        talks.put(talk.script().name(), talk);
    }

    /** Null: nobody's. */
    Talk named(String name) {
        return talks.get(name);
    }

    Collection<Talk> all() {
        return talks.values();
    }

    boolean acceptsProxy() {
        return layer4.acceptsProxy();
    }

    private boolean hasRoles() {
        return scenario.hasRoles();
    }

    private String slave() {
        return hasRoles() ? scenario.servers().get(1).name() : null;
    }

    private String master() {
        return hasRoles() ? scenario.servers().get(0).name() : null;
    }

    /** Whether nothing happens to servers, nor to the forwarder. */
    private boolean isSteady() {
        return scenario.serversStay() && !layer4.isShort();
    }

    private boolean isChecked() {
        return scenario.isTcpChecked();
    }

    /** A server has a connection of the forwarder, maybe for a check. */
    void connected(String server) {
        if (server.equals(slave())) {
            slaveConnections++;
            if (isSteady()) {
                ledger.violated("the slave has a connection while the master is there");
            }
            if (slaveConnections > 3 * talks.size()) {
                ledger.violated("the slave has more connections than clients bring about: it is probed");
            }
        }
    }

    /** A talk has got to its server. */
    void reached(Talk talk, ProxyHeaders.Named named) {
        String name = talk.script().name();
        if (talk.isDoomed()) {
            ledger.violated(name + " reaches a server without a good header");
        }
        checkHeader(talk, named);
        if (hasRoles()) {
            checkRole(talk);
        } else {
            checkHome(talk);
        }
        checkLimits();
    }

    private void checkHeader(Talk talk, ProxyHeaders.Named named) {
        if (named == null) {
            return;
        }
        boolean naming = acceptsProxy() && talk.script().opening().header().isNaming();
        InetSocketAddress destination = naming ? talk.named().destination() : listener;
        if (!talk.client().equals(named.client()) || !destination.equals(named.destination())) {
            ledger.violated("the server of " + talk.script().name() + " is told another client: " + named);
        }
    }

    /** All goes to the master, but while that is down. When it has been down or back for long enough, everybody knows. */
    private void checkRole(Talk talk) {
        if (isSteady() && !talk.reached().equals(master())) {
            ledger.violated(talk.script().name() + " gets to the slave while the master is there");
        }
        if (layer4.isShort() || scenario.isWithdrawn() || !scenario.groupsStay()) {
            return;
        }
        Scenario.Server first = scenario.servers().get(0);
        long downAt = SECOND + TimeUnit.MILLISECONDS.toNanos(first.downAtMillis());
        long upAt = SECOND + TimeUnit.MILLISECONDS.toNanos(first.upAtMillis());
        long known = TimeUnit.SECONDS.toNanos(10);
        boolean before = first.downAtMillis() < 0 || first.downAtMillis() > 0 && driver.nanoTime() < downAt;
        boolean after = first.upAtMillis() >= 0 && talk.begun() > upAt + known;
        if (talk.reached().equals(master())) {
            return;
        }
        if (before || after) {
            ledger.violated(talk.script().name() + " gets to the slave while the master is up");
        }
        mustEnd(
                talks.values().stream()
                        .filter(each -> each.isHeld() && each.reached().equals(master()))
                        .toList(),
                LATE_NANOS,
                " stays with the master when the slave has taken over");
    }

    /** What the scheduler or persistence promises. */
    private void checkHome(Talk talk) {
        // With a check, who has the first verdict is the first choice of everybody.
        if (!isSteady() || !scenario.weightsStay() || isChecked()) {
            return;
        }
        if (layer4.isBySource()) {
            home(talk.client().getAddress(), talk.reached(), "a client address");
        }
    }

    private void home(Object whose, String server, String what) {
        String before = homes.putIfAbsent(whose, server);
        if (before != null && !before.equals(server)) {
            ledger.violated(what + " has " + server + " having had " + before);
        }
    }

    private void checkLimits() {
        long held = talks.values().stream().filter(Talk::isHeld).count();
        if (layer4.mostConnections() > 0 && !scenario.isWithdrawn() && held > layer4.mostConnections()) {
            ledger.violated("more connections than there may be: " + held);
        }
        arrivals.add(driver.nanoTime());
        if (layer4.perSecond() == 0 || isChecked() || acceptsProxy() || layer4.isShort()) {
            return; // how long the way to a server takes is not known then
        }
        long way = 10 * scenario.weather().mostDelayNanos() + TimeUnit.MILLISECONDS.toNanos(200);
        for (int i = 0; i < arrivals.size(); i++) {
            long window = driver.nanoTime() - arrivals.get(i) + way;
            double most = layer4.perSecond() * (1 + (double) window / SECOND);
            if (arrivals.size() - i > most + 1 && isSteady()) {
                ledger.violated("more new connections than there may be: " + (arrivals.size() - i));
            }
        }
    }

    /** Some of a talk has arrived: no more than there may be in the time since the first one began, and what was in hand. */
    void moved(int bytes, boolean toServer) {
        bytesToServers += toServer ? bytes : 0;
        bytesToClients += toServer ? 0 : bytes;
        if (layer4.bytesPerSecond() == 0 || scenario.isWithdrawn()) {
            return;
        }
        long first = talks.values().stream()
                .filter(each -> each.begun() > 0)
                .mapToLong(Talk::begun)
                .min()
                .orElseThrow();
        double seconds = (double) (driver.nanoTime() - first) / SECOND + BURST_SECONDS;
        double most = layer4.bytesPerSecond() * seconds + (double) talks.size() * IN_HAND;
        if ((toServer ? bytesToServers : bytesToClients) > most) {
            ledger.violated("more bytes go " + (toServer ? "to servers" : "to clients") + " than the bandwidth lets");
        }
    }

    /** The forwarder has ended it by a reset, neither side having done so. */
    void isReset(Talk talk, boolean clientSide) {
        long now = driver.nanoTime();
        if (talk.isDoomed() || layer4.isShort()) {
            return;
        }
        if (talk.reached() == null) {
            boolean turnedAway = layer4.isLimited() || isChecked() || !isSteady() || !scenario.hasWeights();
            if (clientSide && !turnedAway) {
                ledger.violated(talk.script().name() + " is turned away though nothing is in its way");
            }
            return;
        }
        boolean idle = now - talk.lastWrite() >= TimeUnit.MILLISECONDS.toNanos(Scenario.IDLE_MILLIS);
        boolean abnormal = isChecked() && !scenario.serversStay();
        boolean drained =
                scenario.edits().stream().anyMatch(each -> ends(each, talk) && now >= publishedAt(each) + drainNanos());
        if (!idle && !abnormal && !drained) {
            ledger.violated(talk.script().name() + " is reset though nothing was in its way");
        }
    }

    private static long drainNanos() {
        return TimeUnit.MILLISECONDS.toNanos(Scenario.DRAIN_MILLIS);
    }

    private static long publishedAt(Scenario.Edit edit) {
        return SECOND + TimeUnit.MILLISECONDS.toNanos(100 + edit.atMillis());
    }

    private boolean ends(Scenario.Edit edit, Talk talk) {
        return edit.kind() == Scenario.Edit.Kind.WITHDRAWN
                || edit.kind() == Scenario.Edit.Kind.WITHOUT
                        && edit.which() < scenario.servers().size()
                        && scenario.servers().get(edit.which()).name().equals(talk.reached());
    }

    /** What was published ends talks: when the time to drain is over they are looked after. */
    void published(Scenario.Edit edit) {
        List<Talk> ending = talks.values().stream()
                .filter(each -> each.isHeld() && ends(edit, each))
                .toList();
        boolean forGood = edit.kind() == Scenario.Edit.Kind.WITHDRAWN
                || scenario.edits().stream()
                        .noneMatch(each -> each != edit
                                && each.atMillis() >= edit.atMillis()
                                && each.kind() != Scenario.Edit.Kind.LISTENER);
        if (!forGood) {
            return; // the server may be back meanwhile
        }
        mustEnd(ending, drainNanos() + LATE_NANOS, " outlives the time to drain");
    }

    private void mustEnd(List<Talk> some, long delayNanos, String otherwise) {
        driver.after(
                delayNanos,
                () -> some.stream()
                        .filter(Talk::isHeld)
                        .forEach(each -> ledger.violated(each.script().name() + otherwise)));
    }

    /** When all is over. */
    void check(ListenerRuntime runtime) {
        if (scenario.isWithdrawn()) {
            return;
        }
        checkReasons(runtime);
        boolean allStay = talks.values().stream().allMatch(each -> each.isDoomed() || staysAnyway(each));
        if (allStay && isSteady() && !isChecked()) {
            checkCounts(runtime);
            checkWeights();
        }
    }

    private static boolean staysAnyway(Talk talk) {
        Talk.Script script = talk.script();
        return script.opening().header() != ProxyHeaders.Kind.CUT
                && (script.client() == Talk.Ending.FINISHES || script.client() == Talk.Ending.WAITS);
    }

    private void checkReasons(ListenerRuntime runtime) {
        PossibleReasons possible = new PossibleReasons();
        boolean steady = isSteady();
        possible.add(layer4.mostConnections() > 0, LimitReasons.LISTENER_CONNECTIONS);
        possible.add(layer4.perSecond() > 0, LimitReasons.CONNECTION_RATE);
        possible.add(acceptsProxy(), LimitReasons.UNTRUSTED_PROXY);
        possible.add(acceptsProxy(), LimitReasons.INVALID_PROXY_HEADER);
        possible.add(acceptsProxy(), LimitReasons.SLOW_PROXY_HEADER);
        possible.add(!steady, Reasons.CONNECT_FAILED);
        possible.add(!steady, Reasons.SERVERS_PAUSED);
        possible.add(!steady, Reasons.NO_SERVERS);
        possible.add(!steady, Reasons.NO_HEALTHY_SERVER);
        possible.add(isChecked(), Reasons.NO_VERDICT);
        possible.add(layer4.memory().isAny(), Reasons.BUFFER_MEMORY);
        possible.add(!steady || !scenario.hasWeights(), Reasons.ALL_WEIGHTS_ZERO);
        possible.check("connections are refused", runtime, ledger);
    }

    /** Whoever has got to no server was refused, and counted, but for those who go before anybody has looked. */
    private void checkCounts(ListenerRuntime runtime) {
        long refused =
                runtime.refusals().values().stream().mapToLong(Long::longValue).sum();
        long none =
                talks.values().stream().filter(each -> each.reached() == null).count();
        long gone = talks.values().stream()
                .filter(each -> each.reached() == null && each.isDoomed() && !staysAnyway(each))
                .count();
        if (refused > none || refused < none - gone) {
            ledger.violated("refused connections are not counted as they happen: " + refused + " and " + none);
        }
    }

    /** Of any picks in a row each server has its share, exactly over whole cycles. */
    private void checkWeights() {
        boolean weighted = layer4.scheduler() == SchedulerType.WRR;
        if (layer4.persistMillis() > 0
                || !weighted && layer4.scheduler() != SchedulerType.RR
                || !scenario.weightsStay()
                || hasRoles()) {
            return;
        }
        Map<String, Long> weights = new LinkedHashMap<>();
        scenario.servers().stream()
                .filter(each -> each.weight() > 0)
                .forEach(each -> weights.put(each.name(), weighted ? each.weight() : 1L));
        long divisor = weights.values().stream().reduce(0L, Talks::divisor);
        long picks =
                talks.values().stream().filter(each -> each.reached() != null).count();
        weights.forEach((server, weight) -> {
            long cycle = weights.values().stream().mapToLong(Long::longValue).sum() / divisor;
            long share = weight / divisor;
            long rest = picks % cycle;
            long got = talks.values().stream()
                    .filter(each -> server.equals(each.reached()))
                    .count();
            long least = picks / cycle * share + Math.max(0, rest - (cycle - share));
            long most = picks / cycle * share + Math.min(share, rest);
            if (got < least || got > most) {
                ledger.violated(server + " has " + got + " of " + picks + " picks with weight " + weight);
            }
        });
    }

    private static long divisor(long one, long other) {
        return other == 0 ? one : divisor(other, one % other);
    }
}
