package dev.slb.forwarder.tls;

import dev.slb.base.IpLiteral;
import dev.slb.certificate.AuthorityFacts;
import dev.slb.certificate.KeyPairFacts;
import dev.slb.forwarder.transport.Loop;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.TlsPlan;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;

import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The TLS contexts of a forwarder. A context is made when the first asks for it and ends with the last: so what does not
 * change over versions of a listener keeps its sessions. Owned by the control thread, where also the work of compiling
 * one is done; event loops use what comes out of it.
 */
public final class TlsContexts {

    /** How long a session can be resumed (classic SLB). */
    static final int SESSION_SECONDS = 300;

    /** Sessions without a ticket that are remembered, for old clients. */
    private static final int SESSION_CACHE_SIZE = 4096;

    private static final List<String> UP_TO_TLS_1_2 = List.of("TLSv1", "TLSv1.1", "TLSv1.2");

    /**
     * What makes a listener's context the same one. Sessions of one are not good for another.
     *
     * @param certificate without its staple: a new one is no reason to end sessions
     */
    private record FrontendKey(
            TlsPlan.Certificate certificate,
            String clientCa,
            List<String> versions,
            List<String> suites,
            List<String> applicationProtocols) {}

    private final TlsProvider provider;
    private final List<Loop> loops;
    private final Map<Object, Entry> entries = new HashMap<>();
    private final ScheduledFuture<?> rotation;

    private static final class Entry {
        private final SslContext context;
        private final TicketKeys tickets;
        private int holders;

        Entry(SslContext context, TicketKeys tickets) {
            this.context = context;
            this.tickets = tickets;
        }
    }

    private interface Maker {
        Entry make() throws UnusableTlsException;
    }

    /** @param control runs tasks on the control thread */
    public TlsContexts(TlsProvider provider, List<Loop> loops, EventExecutor control) {
        this.provider = provider.choose();
        this.loops = loops;
        this.rotation = control.scheduleAtFixedRate(
                this::rotate, TicketKeys.ROTATION_SECONDS, TicketKeys.ROTATION_SECONDS, TimeUnit.SECONDS);
    }

    private void rotate() {
        entries.values().forEach(entry -> {
            if (entry.tickets != null) {
                entry.tickets.rotate();
            }
        });
    }

    /** Ends all contexts; nothing is asked of this afterwards, and holds may or may not be released. */
    public void close() {
        rotation.cancel(false);
        entries.values().forEach(this::retire);
        entries.clear();
    }

    /**
     * What a listener needs; to be released.
     *
     * @param http2 whether HTTP/2 is offered to clients with TLS 1.2 or higher
     * @throws UnusableTlsException nothing is held then
     */
    public FrontendTls frontend(TlsPlan plan, boolean http2) throws UnusableTlsException {
        List<ContextHold> holds = new ArrayList<>();
        try {
            FrontendTls.Shown standard = shown(holds, plan, plan.certificate(), http2, "frontend.tls.certificate");
            Map<String, FrontendTls.Shown> byHost = new LinkedHashMap<>();
            for (TlsPlan.Sni each : plan.sni()) {
                String at = "frontend.tls.sni[" + each.host() + "]";
                byHost.putIfAbsent(each.host(), shown(holds, plan, each.certificate(), http2, at));
            }
            return new FrontendTls(standard, byHost, holds);
        } catch (UnusableTlsException | RuntimeException e) {
            holds.forEach(ContextHold::release);
            throw e;
        }
    }

    private FrontendTls.Shown shown(
            List<ContextHold> holds, TlsPlan plan, TlsPlan.Certificate certificate, boolean http2, String at)
            throws UnusableTlsException {
        List<String> lowest = UP_TO_TLS_1_2.stream()
                .dropWhile(version -> !plan.versions().contains(version))
                .toList();
        // HTTP/2 asks for TLS 1.2 (RFC 9113, section 9.2). Above a gap in its versions BoringSSL agrees to none.
        boolean modern = http2 && plan.versions().containsAll(lowest);
        ContextHold hold = hold(holds, plan, certificate, modern, at);
        ContextHold old = modern && lowest.size() > 1 ? hold(holds, plan, certificate, false, at) : hold;
        return new FrontendTls.Shown(hold, old, provider.staples() ? Staple.of(certificate.staple()) : Staple.NONE);
    }

    private ContextHold hold(
            List<ContextHold> holds, TlsPlan plan, TlsPlan.Certificate certificate, boolean http2, String at)
            throws UnusableTlsException {
        List<String> protocols = http2
                ? List.of(ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1)
                : List.of(ApplicationProtocolNames.HTTP_1_1);
        FrontendKey key = new FrontendKey(
                certificate.withoutStaple(), plan.clientCa(), plan.versions(), plan.ciphers(), protocols);
        ContextHold hold = new ContextHold(key, () -> newFrontend(key, at));
        holds.add(hold);
        return hold;
    }

    /**
     * What connections to servers need; to be released.
     *
     * @return null for clear text
     * @throws UnusableTlsException nothing is held then
     */
    public BackendTls backend(BackendPlan plan) throws UnusableTlsException {
        if (plan == null || plan.tls() == null) {
            return null;
        }
        return new BackendTls(
                new ContextHold(plan, () -> newBackend(plan)), plan.tls().serverName());
    }

    /** Holds a context, which others may hold too: to be released once. */
    final class ContextHold {

        private final Object key;
        private final Entry entry;

        private ContextHold(Object key, Maker maker) throws UnusableTlsException {
            this.key = key;
            Entry found = entries.get(key);
            if (found == null) {
                found = maker.make();
                entries.put(key, found);
            }
            entry = found;
            entry.holders++;
        }

        /** On an event loop: to be used at once, and not to be kept for a later task. */
        SslContext context() {
            return entry.context;
        }

        void release() {
            if (--entry.holders == 0 && entries.remove(key, entry)) {
                retire(entry);
            }
        }
    }

    /** Ends a context when each event loop has done what it is doing: it may just have found it in a table. */
    private void retire(Entry entry) {
        AtomicInteger busy = new AtomicInteger(loops.size());
        loops.forEach(loop -> loop.eventLoop().execute(() -> {
            if (busy.decrementAndGet() == 0) {
                ReferenceCountUtil.release(entry.context);
            }
        }));
    }

    private Entry newFrontend(FrontendKey key, String at) throws UnusableTlsException {
        KeyPairFacts pair = KeyPairFacts.of(
                key.certificate().chain(), key.certificate().key().text());
        if (pair.problem() != null) {
            throw new UnusableTlsException(at + ": " + pair.problem());
        }
        Suites suites = Suites.of(provider, key.versions(), key.suites());
        SslContextBuilder builder = SslContextBuilder.forServer(
                        stream(pair.chain()), stream(pair.key().text()))
                .sslProvider(provider.netty())
                .protocols(suites.versions())
                .ciphers(suites.suites(), SupportedCipherSuiteFilter.INSTANCE)
                .applicationProtocolConfig(alpn(key.applicationProtocols()))
                .sessionTimeout(SESSION_SECONDS)
                .sessionCacheSize(SESSION_CACHE_SIZE)
                .enableOcsp(provider.staples());
        if (key.clientCa() == null) {
            builder.trustManager(NobodyTrusted.FACTORY);
        } else {
            builder.trustManager(clientAuthority(key.clientCa())).clientAuth(ClientAuth.REQUIRE);
        }
        SslContext context = build(builder, at);
        if (!(context.sessionContext() instanceof OpenSslSessionContext sessions)) {
            return new Entry(context, null); // the JDK makes and changes its keys itself
        }
        TicketKeys tickets = new TicketKeys(sessions);
        tickets.rotate();
        return new Entry(context, tickets);
    }

    private Entry newBackend(BackendPlan plan) throws UnusableTlsException {
        String name = plan.tls().serverName();
        SslContextBuilder builder = SslContextBuilder.forClient()
                .sslProvider(provider.netty())
                .protocols("TLSv1.3", "TLSv1.2")
                .applicationProtocolConfig(alpn(List.of(
                        plan.protocol().isHttp2()
                                ? ApplicationProtocolNames.HTTP_2
                                : ApplicationProtocolNames.HTTP_1_1)))
                .endpointIdentificationAlgorithm(plan.tls().ca() == null || name == null ? null : "HTTPS");
        if (name != null && IpLiteral.parse(name).isEmpty()) { // addresses are not for SNI (RFC 6066, section 3)
            builder.serverName(serverName(name));
        }
        if (plan.tls().ca() == null) {
            builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
        } else {
            builder.trustManager(stream(authority(plan.tls().ca(), "backend.tls.ca")));
        }
        SslContext context = build(builder, "backend.tls");
        if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
            sessions.setTicketKeys(); // takes tickets of servers
        }
        return new Entry(context, null);
    }

    private static SNIHostName serverName(String name) throws UnusableTlsException {
        try {
            return new SNIHostName(name);
        } catch (IllegalArgumentException e) {
            throw new UnusableTlsException("backend.tls.serverName: is not a host name");
        }
    }

    private static String authority(String pem, String at) throws UnusableTlsException {
        AuthorityFacts facts = AuthorityFacts.of(pem);
        if (facts.problem() != null) {
            throw new UnusableTlsException(at + ": " + facts.problem());
        }
        return facts.pem();
    }

    private static TrustManager clientAuthority(String pem) throws UnusableTlsException {
        try {
            return TellingTrustManager.of(authority(pem, "frontend.tls.clientCa"));
        } catch (GeneralSecurityException e) {
            throw new UnusableTlsException("frontend.tls.clientCa: " + e.getMessage());
        }
    }

    private static ApplicationProtocolConfig alpn(List<String> protocols) {
        return new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                protocols);
    }

    private SslContext build(SslContextBuilder builder, String at) throws UnusableTlsException {
        try {
            return builder.build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new UnusableTlsException(at + ": " + provider.title() + " does not take it: " + e.getMessage());
        }
    }

    private static InputStream stream(String pem) {
        return new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII));
    }
}
