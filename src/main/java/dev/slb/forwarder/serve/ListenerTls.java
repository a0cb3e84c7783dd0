package dev.slb.forwarder.serve;

import dev.slb.forwarder.tls.BackendTls;
import dev.slb.forwarder.tls.FrontendTls;
import dev.slb.forwarder.tls.TlsContexts;
import dev.slb.forwarder.tls.UnusableTlsException;
import dev.slb.plan.Action;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.TlsPlan;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * All that one version of a listener needs of TLS, compiled before the version is taken, so that what can't be used is
 * refused. Held by who wants the version, and by who serves it. Owned by the control thread.
 */
final class ListenerTls {

    private final FrontendTls frontend;
    private final List<BackendTls> backends;
    private int holders = 1;

    private ListenerTls(FrontendTls frontend, List<BackendTls> backends) {
        this.frontend = frontend;
        this.backends = backends;
    }

    /** Held once. */
    static ListenerTls of(ListenerPlan plan, TlsContexts contexts) throws UnusableTlsException {
        List<BackendTls> backends = new ArrayList<>();
        try {
            for (BackendPlan each : backends(plan).distinct().toList()) {
                BackendTls backend = contexts.backend(each);
                if (backend != null) {
                    backends.add(backend);
                }
            }
            TlsPlan tls = plan.frontend().tls();
            boolean http2 = plan.http() != null && plan.http().http2();
            return new ListenerTls(tls == null ? null : contexts.frontend(tls, http2), backends);
        } catch (UnusableTlsException | RuntimeException e) {
            backends.forEach(BackendTls::release);
            throw e;
        }
    }

    private static Stream<BackendPlan> backends(ListenerPlan plan) {
        Stream<BackendPlan> ofActions = plan.routing().actions().flatMap(ListenerTls::backends);
        return Stream.concat(Stream.ofNullable(plan.backend()), ofActions);
    }

    /** Of the check, and of servers that are spoken to as before whatever the listener says now. */
    private static Stream<BackendPlan> backends(Action action) {
        if (action instanceof Action.Keep keep && keep.kept() != null) {
            return Stream.concat(
                    Stream.ofNullable(keep.kept().backend()),
                    backends(keep.kept().action()));
        }
        return action instanceof Action.Forward forward && forward.healthCheck() != null
                ? Stream.ofNullable(forward.healthCheck().backend())
                : Stream.empty();
    }

    /** For connections of clients; null unless the listener is HTTPS. */
    FrontendTls frontend() {
        return frontend;
    }

    ListenerTls hold() {
        holders++;
        return this;
    }

    void release() {
        if (--holders == 0) {
            if (frontend != null) {
                frontend.release();
            }
            backends.forEach(BackendTls::release);
        }
    }
}
