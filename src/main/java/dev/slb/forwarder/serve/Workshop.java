package dev.slb.forwarder.serve;

import dev.slb.forwarder.accesslog.AccessLog;
import dev.slb.forwarder.health.Probers;
import dev.slb.forwarder.limits.ListenerLimits;
import dev.slb.forwarder.limits.LoadBalancerLimits;
import dev.slb.forwarder.table.Frontend;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Refusals;
import dev.slb.forwarder.tls.TlsContexts;
import dev.slb.forwarder.tls.TlsProvider;
import dev.slb.forwarder.transport.PacedLog;
import dev.slb.forwarder.transport.TimeSource;
import dev.slb.forwarder.transport.Transport;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ListenerPlan;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * What documents are turned into listeners with, handed down to whatever serves one: each thing is there once in a
 * forwarder, and none knows a document. Owned by the control thread.
 */
public final class Workshop {

    private static final Logger LOG = LoggerFactory.getLogger(Workshop.class);

    private static final int MOST_AT_ONCE = 20;

    private final EventExecutor control;
    private final PacedLog refused = new PacedLog(LOG, MOST_AT_ONCE);
    private final Transport transport;
    private final RandomGenerator chance;
    private final Function<ListenerRuntime, Frontend> frontends;
    private final Refusals refusals;
    private final AccessLog accessLog;
    private final TlsContexts tls;
    private final Probers checks;
    private final Servers servers;
    private final Members members;

    /**
     * @param control the control thread
     * @param chance for what is left to it; only used on the control thread
     * @param frontends who speaks a listener's protocol: {@link Frontends#create}
     * @param tls what TLS is made with
     * @param refusals of the whole forwarder
     * @param accessLog null: none
     * @param firstChecksPerSecond of an event loop
     */
    public Workshop(
            EventExecutor control,
            Transport transport,
            RandomGenerator chance,
            Function<ListenerRuntime, Frontend> frontends,
            TlsProvider tls,
            Refusals refusals,
            AccessLog accessLog,
            int firstChecksPerSecond) {
        this.control = control;
        this.transport = transport;
        this.chance = chance;
        this.frontends = frontends;
        this.refusals = refusals;
        this.accessLog = accessLog;
        this.tls = new TlsContexts(tls, transport.loops(), control);
        this.checks = new Probers(transport, control, this.tls, firstChecksPerSecond, chance);
        this.servers = new Servers(transport.loops(), transport.time(), this.tls, control);
        this.members = new Members(servers, this::schedule);
    }

    /** Says that this version of a document is refused; reports say it in any case. */
    void sayRefused(DocumentId document, String version, Object why) {
        refused.warn("{} version {} is refused: {}", document, version, why);
    }

    EventExecutor control() {
        return control;
    }

    /** Runs a task on the control thread, later. */
    ScheduledFuture<?> schedule(Runnable task, long millis) {
        return control.schedule(task, millis, TimeUnit.MILLISECONDS);
    }

    Transport transport() {
        return transport;
    }

    TimeSource time() {
        return transport.time();
    }

    RandomGenerator chance() {
        return chance;
    }

    TlsContexts tls() {
        return tls;
    }

    Probers checks() {
        return checks;
    }

    Servers servers() {
        return servers;
    }

    Members members() {
        return members;
    }

    /** @param limits of its LoadBalancer */
    ListenerRuntime newRuntime(ListenerPlan plan, LoadBalancerLimits limits) {
        return new ListenerRuntime(
                plan.id(), plan.protocol(), transport, refusals, accessLog, new ListenerLimits(limits));
    }

    Frontend newFrontend(ListenerRuntime listener) {
        return frontends.apply(listener);
    }

    void close() {
        tls.close();
    }
}
