package dev.slb.translate;

import dev.slb.api.AccessControl;
import dev.slb.api.AccessLog;
import dev.slb.api.BackendProtocol;
import dev.slb.api.BackendTls;
import dev.slb.api.ConnectionDrain;
import dev.slb.api.Forwarded;
import dev.slb.api.Gzip;
import dev.slb.api.HttpOptions;
import dev.slb.api.Listener;
import dev.slb.api.ListenerSpec;
import dev.slb.api.Protocol;
import dev.slb.api.ProxyProtocol;
import dev.slb.api.Redirect;
import dev.slb.api.Rule;
import dev.slb.api.Scheduler;
import dev.slb.api.Timeouts;
import dev.slb.base.Cidr;
import dev.slb.plan.AccessControlPlan;
import dev.slb.plan.AccessLogPlan;
import dev.slb.plan.Action;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.BackendPort;
import dev.slb.plan.DocumentId;
import dev.slb.plan.DrainPlan;
import dev.slb.plan.ForwardedPlan;
import dev.slb.plan.HealthCheckPlan;
import dev.slb.plan.HttpPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.ListenerProtocol;
import dev.slb.plan.PersistencePlan;
import dev.slb.plan.ProxyProtocolPlan;
import dev.slb.plan.RulePlan;
import dev.slb.plan.SchedulerType;
import dev.slb.plan.TimeoutsPlan;
import dev.slb.plan.TlsPlan;
import io.fabric8.kubernetes.api.model.IntOrString;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Writes the plan of a listener that was accepted, with the defaults of what it leaves out. */
final class ListenerPlans {

    private static final int LAYER_7_IDLE_SECONDS = 15;
    private static final int TCP_IDLE_SECONDS = 900;
    private static final int UDP_IDLE_SECONDS = 90;
    private static final int REDIRECT_CODE = 301;

    /** What SLB compresses (reference, section 7): neither HTML nor JSON. */
    private static final List<String> GZIP_TYPES = List.of(
            "application/atom+xml",
            "application/javascript",
            "application/rss+xml",
            "application/x-javascript",
            "application/xml",
            "text/css",
            "text/plain",
            "text/xml");

    private final ListenerSpec spec;
    private final DocumentId loadBalancer;
    private final References references;
    /** Null on layer 4. */
    private final BackendPlan backend;

    private ListenerPlans(ListenerSpec spec, DocumentId loadBalancer, References references) {
        this.spec = spec;
        this.loadBalancer = loadBalancer;
        this.references = references;
        this.backend =
                spec.protocol().isLayer7() ? backend(spec, references.secrets().serverAuthority()) : null;
    }

    static ListenerPlan plan(Listener listener, References references, int bindPort) {
        String namespace = listener.getMetadata().getNamespace();
        ListenerSpec spec = listener.getSpec();
        DocumentId loadBalancer =
                DocumentId.loadBalancer(namespace, spec.loadBalancerRef().name());
        ListenerPlans plans = new ListenerPlans(spec, loadBalancer, references);
        return spec.redirect() == null ? plans.forwarding(listener, bindPort) : plans.redirect(listener, bindPort);
    }

    /** Nothing but what it takes to answer: all other settings are ignored. */
    private ListenerPlan redirect(Listener listener, int bindPort) {
        return new ListenerPlan(
                DocumentId.listener(
                        listener.getMetadata().getNamespace(),
                        listener.getMetadata().getName()),
                loadBalancer,
                ListenerProtocol.HTTP,
                spec.port(),
                bindPort,
                action(),
                List.of(),
                timeouts(null, LAYER_7_IDLE_SECONDS),
                drain(null),
                http(HttpOptions.DEFAULT));
    }

    private ListenerPlan forwarding(Listener listener, int bindPort) {
        boolean layer7 = spec.protocol().isLayer7();
        return new ListenerPlan(
                DocumentId.listener(
                        listener.getMetadata().getNamespace(),
                        listener.getMetadata().getName()),
                loadBalancer,
                ListenerProtocol.valueOf(spec.protocol().name()),
                spec.port(),
                bindPort,
                action(),
                rules(),
                timeouts(spec.timeouts(), idleSeconds(spec.protocol())),
                drain(spec.connectionDrain()),
                layer7 ? http(or(spec.http(), HttpOptions.DEFAULT)) : null,
                tls(),
                backend,
                accessControl(),
                proxyProtocol(),
                spec.maxConnections(),
                spec.bandwidthMbps() == null ? null : BandwidthShare.bitsPerSecond(spec.bandwidthMbps()),
                accessLog());
    }

    private static int idleSeconds(Protocol protocol) {
        if (protocol.isLayer7()) {
            return LAYER_7_IDLE_SECONDS;
        }
        return protocol == Protocol.UDP ? UDP_IDLE_SECONDS : TCP_IDLE_SECONDS;
    }

    /** @return null for HTTP/1.1 in clear text, which goes without saying */
    static BackendPlan backend(ListenerSpec spec, String authority) {
        BackendTls tls = spec.backendTls();
        String serverName = tls == null ? null : tls.serverName();
        return switch (or(spec.backendProtocol(), BackendProtocol.HTTP)) {
            case HTTP -> null;
            case HTTPS -> new BackendPlan(BackendPlan.Protocol.HTTPS, new BackendPlan.Tls(authority, serverName));
            case H2C -> new BackendPlan(BackendPlan.Protocol.H2C, null);
            case GRPC ->
                new BackendPlan(
                        BackendPlan.Protocol.GRPC, tls == null ? null : new BackendPlan.Tls(authority, serverName));
            case Unknown -> throw unchecked();
        };
    }

    private TlsPlan tls() {
        if (spec.protocol() != Protocol.HTTPS) {
            return null;
        }
        ListenerSecrets secrets = references.secrets();
        TlsParameters parameters = TlsParameters.of(spec.tls());
        return new TlsPlan(
                secrets.certificate(),
                secrets.sni(),
                secrets.clientAuthority(),
                parameters.versions(),
                parameters.suites());
    }

    private AccessControlPlan accessControl() {
        AccessControl access = spec.accessControl();
        return access == null
                ? null
                : new AccessControlPlan(
                        switch (access.policy()) {
                            case Allow -> AccessControlPlan.Policy.ALLOW;
                            case Deny -> AccessControlPlan.Policy.DENY;
                            case Unknown -> throw unchecked();
                        },
                        networks(access.cidrs()));
    }

    /** @return null when headers are neither accepted nor sent */
    private ProxyProtocolPlan proxyProtocol() {
        ProxyProtocol usual = ProxyProtocol.DEFAULT;
        ProxyProtocol proxy = or(spec.proxyProtocol(), usual);
        boolean accept = or(proxy.accept(), usual.accept());
        ProxyProtocolPlan.Version send = switch (or(proxy.send(), usual.send())) {
            case None -> ProxyProtocolPlan.Version.NONE;
            case V1 -> ProxyProtocolPlan.Version.V1;
            case V2 -> ProxyProtocolPlan.Version.V2;
            case Unknown -> throw unchecked();
        };
        return accept || send != ProxyProtocolPlan.Version.NONE
                ? new ProxyProtocolPlan(accept, accept ? networks(proxy.trustedCidrs()) : List.of(), send)
                : null;
    }

    private AccessLogPlan accessLog() {
        AccessLog usual = AccessLog.DEFAULT;
        AccessLog log = or(spec.accessLog(), usual);
        return or(log.enabled(), usual.enabled()) ? new AccessLogPlan(or(log.format(), usual.format())) : null;
    }

    private static List<String> networks(List<String> cidrs) {
        return cidrs.stream()
                .map(cidr -> Cidr.parse(cidr).orElseThrow(ListenerPlans::unchecked))
                .sorted()
                .distinct()
                .map(Cidr::toString)
                .toList();
    }

    /** What happens when no rule matches: the redirect, else the listener's own group, else the default pool. */
    private Action action() {
        References.Target own = references.own();
        if (own != null && !own.usable()) {
            return keep(own);
        }
        Redirect redirect = spec.redirect();
        if (redirect != null) {
            return new Action.Redirect(redirect.port(), or(redirect.statusCode(), REDIRECT_CODE));
        }
        SchedulerType scheduler = scheduler(spec.scheduler());
        HealthCheckPlan healthCheck = HealthChecks.plan(spec.healthCheck(), spec.protocol(), backend, proxyProtocol());
        PersistencePlan persistence = Persistence.plan(spec.sessionPersistence());
        if (own != null) {
            return new Action.Forward(own.group(), null, scheduler, healthCheck, persistence);
        }
        DocumentId pool = DocumentId.pool(loadBalancer.namespace(), loadBalancer.name());
        return new Action.Forward(pool, backendPort(spec.backendPort()), scheduler, healthCheck, persistence);
    }

    private List<RulePlan> rules() {
        List<RulePlan> rules = new ArrayList<>();
        for (int i = 0; i < references.rules().size(); i++) {
            Rule rule = spec.rules().get(i);
            RuleMatch match = RuleMatch.of(rule);
            rules.add(new RulePlan(
                    rule.name(),
                    match.host(),
                    match.path(),
                    action(rule, references.rules().get(i))));
        }
        return rules;
    }

    /** What a rule does not say is the listener's. */
    private Action action(Rule rule, References.Target target) {
        return target.usable()
                ? new Action.Forward(
                        target.group(),
                        null,
                        scheduler(or(rule.scheduler(), spec.scheduler())),
                        HealthChecks.plan(
                                or(rule.healthCheck(), spec.healthCheck()), spec.protocol(), backend, proxyProtocol()),
                        Persistence.plan(or(rule.sessionPersistence(), spec.sessionPersistence())))
                : keep(target);
    }

    /** What a forwarder did before it goes on with; what that is, is not for translation to know. */
    private static Action keep(References.Target broken) {
        return new Action.Keep(new Action.Unavailable(broken.reason().name()));
    }

    private HttpPlan http(HttpOptions http) {
        HttpOptions usual = HttpOptions.DEFAULT;
        return new HttpPlan(
                or(http.maxRequestsPerConnection(), usual.maxRequestsPerConnection()),
                or(http.maxHeaderBytes(), usual.maxHeaderBytes()),
                or(http.maxUriBytes(), usual.maxUriBytes()),
                forwarded(or(http.forwarded(), Forwarded.DEFAULT)),
                spec.protocol() == Protocol.HTTPS && or(http.http2(), usual.http2()),
                gzipTypes(or(http.gzip(), Gzip.DEFAULT)));
    }

    /** @return null when nothing is compressed */
    private static List<String> gzipTypes(Gzip gzip) {
        if (!or(gzip.enabled(), Gzip.DEFAULT.enabled())) {
            return null;
        }
        return gzip.types().isEmpty()
                ? GZIP_TYPES
                : gzip.types().stream()
                        .map(Names::lowerCase)
                        .sorted()
                        .distinct()
                        .toList();
    }

    private ForwardedPlan forwarded(Forwarded forwarded) {
        Forwarded usual = Forwarded.DEFAULT;
        boolean slbId = or(forwarded.slbId(), usual.slbId());
        return new ForwardedPlan(
                switch (or(forwarded.xForwardedFor(), usual.xForwardedFor())) {
                    case Append -> ForwardedPlan.XForwardedFor.APPEND;
                    case Replace -> ForwardedPlan.XForwardedFor.REPLACE;
                    case None -> ForwardedPlan.XForwardedFor.NONE;
                    case Unknown -> throw unchecked();
                },
                networks(forwarded.trustedCidrs()),
                or(forwarded.xForwardedProto(), usual.xForwardedProto()),
                or(forwarded.xForwardedPort(), usual.xForwardedPort()),
                or(forwarded.clientPort(), usual.clientPort()),
                slbId ? loadBalancer.namespace() + "/" + loadBalancer.name() : null,
                or(forwarded.slbIp(), usual.slbIp()),
                spec.protocol() == Protocol.HTTPS && or(forwarded.clientCertificate(), usual.clientCertificate()));
    }

    private static TimeoutsPlan timeouts(Timeouts given, int idleSeconds) {
        Timeouts usual = Timeouts.DEFAULT;
        Timeouts timeouts = or(given, usual);
        return new TimeoutsPlan(
                millis(or(timeouts.idleSeconds(), idleSeconds)),
                millis(or(timeouts.connectSeconds(), usual.connectSeconds())),
                millis(or(timeouts.requestSeconds(), usual.requestSeconds())),
                millis(or(timeouts.webSocketIdleSeconds(), usual.webSocketIdleSeconds())));
    }

    /** Asked for explicitly it also covers the connections of a failed master. */
    private static DrainPlan drain(ConnectionDrain given) {
        ConnectionDrain usual = ConnectionDrain.DEFAULT;
        ConnectionDrain drain = or(given, usual);
        int seconds = or(drain.enabled(), usual.enabled()) ? or(drain.timeoutSeconds(), usual.timeoutSeconds()) : 0;
        return new DrainPlan(millis(seconds), given != null);
    }

    private static BackendPort backendPort(IntOrString port) {
        return port.getStrVal() == null ? BackendPort.of(port.getIntVal()) : BackendPort.of(port.getStrVal());
    }

    private static SchedulerType scheduler(Scheduler scheduler) {
        return SchedulerType.valueOf(or(scheduler, Scheduler.WRR).name());
    }

    private static long millis(int seconds) {
        return Duration.ofSeconds(seconds).toMillis();
    }

    private static <T> T or(T value, T otherwise) {
        return value == null ? otherwise : value;
    }

    private static IllegalStateException unchecked() {
        return new IllegalStateException("a plan is only made of what the checks let pass");
    }
}
