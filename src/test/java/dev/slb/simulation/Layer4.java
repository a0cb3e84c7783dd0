package dev.slb.simulation;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.slb.plan.PersistencePlan;
import dev.slb.plan.ProxyProtocolPlan;
import dev.slb.plan.ProxyProtocolPlan.Version;
import dev.slb.plan.SchedulerType;
import dev.slb.testing.ListenerPlanBuilder;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * What the TCP listener is like, and what the forwarder runs short of.
 *
 * @param scheduler null: that of the other listeners
 * @param persistMillis for how long a client address keeps its server; 0: the scheduler decides
 * @param roles whether its group has a master, the first server, and a slave, the second one, instead of weights
 * @param checked whether servers are checked
 * @param acceptsProxy whether connections must begin with the header of a proxy
 * @param sends which header servers get
 * @param mostConnections of the listener; 0: no limit
 * @param perSecond new connections of the LoadBalancer, over all its listeners; 0: no limit
 * @param bytesPerSecond of the listener, in each direction; 0: no limit
 * @param channels whether TCP goes by Netty's channels
 * @param descriptors when none is left
 * @param memory when no buffer is left
 */
record Layer4(
        SchedulerType scheduler,
        long persistMillis,
        boolean roles,
        boolean checked,
        boolean acceptsProxy,
        Version sends,
        int mostConnections,
        int perSecond,
        int bytesPerSecond,
        boolean channels,
        Shortage descriptors,
        Shortage memory) {

    Layer4 {
        memory = memory == null ? Shortage.NONE : memory;
    }

    /** From whom headers are believed. */
    static final String TRUSTED = "10.1.0.0/16";

    /** Nothing out of the ordinary. */
    static final Layer4 NONE = new Layer4(
            SchedulerType.RR, 0, false, false, false, Version.NONE, 0, 0, 0, false, Shortage.NONE, Shortage.NONE);

    /**
     * For a while something can't be had.
     *
     * @param ofThousand how often
     */
    record Shortage(long fromMillis, long forMillis, int ofThousand) {

        static final Shortage NONE = new Shortage(0, 0, 0);

        @JsonIgnore
        boolean isAny() {
            return ofThousand > 0;
        }

        boolean isAt(long millis) {
            return millis >= fromMillis && millis < fromMillis + forMillis;
        }
    }

    @JsonIgnore
    boolean isBySource() {
        return scheduler == SchedulerType.SCH || persistMillis > 0;
    }

    /** Whether the forwarder runs short of something. */
    @JsonIgnore
    boolean isShort() {
        return descriptors.isAny() || memory.isAny();
    }

    /** Whether whoever comes may be turned away for a limit. */
    @JsonIgnore
    boolean isLimited() {
        return mostConnections > 0 || perSecond > 0;
    }

    /** @param checks whether servers are checked */
    void on(ListenerPlanBuilder plan, boolean checks) {
        plan.scheduler(scheduler);
        if (persistMillis > 0) {
            plan.persistence(new PersistencePlan(PersistencePlan.Type.SOURCE_IP, persistMillis, null));
        }
        if (checks) {
            plan.check(ListenerPlanBuilder.tcpCheck(1_000, 2_000));
        }
        if (mostConnections > 0) {
            plan.maxConnections(mostConnections);
        }
        if (bytesPerSecond > 0) {
            plan.bandwidth(8L * bytesPerSecond);
        }
        plan.proxyProtocol(proxyProtocol());
    }

    /** Of HTTP, too. */
    ProxyProtocolPlan proxyProtocol() {
        return new ProxyProtocolPlan(acceptsProxy, acceptsProxy ? List.of(TRUSTED) : List.of(), sends);
    }

    void describe(Consumer<String> line) {
        if (!equals(NONE)) {
            line.accept(toString());
        }
    }

    /** Each that is a step simpler. */
    void simpler(Consumer<Layer4> candidate) {
        Records.towards(NONE, this, candidate);
    }

    /** Chooses all of it. */
    static final class Generator {

        private final SplittableRandom chance;

        Generator(SplittableRandom chance) {
            this.chance = chance;
        }

        /** @param scarce whether buffers may be short */
        Layer4 layer4(SchedulerType other, boolean scarce) {
            SchedulerType[] hashes = {SchedulerType.SCH, SchedulerType.TCH};
            boolean calm = oneIn(2);
            return new Layer4(
                    oneIn(4) ? hashes[chance.nextInt(2)] : other,
                    oneIn(6) ? 60_000 : 0,
                    oneIn(4),
                    oneIn(4),
                    oneIn(3),
                    Version.values()[oneIn(2) ? 0 : chance.nextInt(3)],
                    !calm && oneIn(2) ? 1 + chance.nextInt(4) : 0,
                    !calm && oneIn(3) ? 1 + chance.nextInt(3) : 0,
                    oneIn(4) ? 10_000 + chance.nextInt(300_000) : 0,
                    oneIn(3),
                    !calm && oneIn(3) ? shortage() : Shortage.NONE,
                    scarce && !calm && oneIn(2) ? shortage() : Shortage.NONE);
        }

        private Shortage shortage() {
            return new Shortage(chance.nextLong(2_000), 1 + chance.nextLong(8_000), 1 + chance.nextInt(1_000));
        }

        /** How talks begin, and how long after all began. */
        List<Talk.Script> opened(List<Talk.Script> talks, Layer4 of) {
            List<Talk.Script> opened = new ArrayList<>();
            boolean stay = oneIn(2);
            for (Talk.Script each : talks) {
                Talk.Script script = Records.with(each, "opening", opening(of));
                if (of.roles() && oneIn(2)) {
                    script = Records.with(script, "startMillis", chance.nextLong(20_000));
                }
                if (stay && (script.client() == Talk.Ending.CLOSES || script.client() == Talk.Ending.RESETS)) {
                    script = Records.with(script, "client", Talk.Ending.FINISHES);
                }
                opened.add(script);
            }
            return List.copyOf(opened);
        }

        private Talk.Opening opening(Layer4 of) {
            ProxyHeaders.Kind[] kinds = ProxyHeaders.Kind.values();
            ProxyHeaders.Kind kind = !of.acceptsProxy()
                    ? ProxyHeaders.Kind.NONE
                    : oneIn(2) ? kinds[chance.nextInt(kinds.length)] : ProxyHeaders.Kind.V2;
            return new Talk.Opening(1 + chance.nextInt(3), kind, oneIn(2) ? 0 : chance.nextInt(600));
        }

        private boolean oneIn(int count) {
            return chance.nextInt(count) == 0;
        }
    }
}
