package dev.slb.translate;

import dev.slb.api.AccessControl;
import dev.slb.api.AccessLog;
import dev.slb.api.BackendProtocol;
import dev.slb.api.BackendTls;
import dev.slb.api.ConnectionDrain;
import dev.slb.api.Forwarded;
import dev.slb.api.Gzip;
import dev.slb.api.HttpOptions;
import dev.slb.api.ListenerSpec;
import dev.slb.api.Protocol;
import dev.slb.api.ProxyProtocol;
import dev.slb.api.ProxyProtocolVersion;
import dev.slb.api.Rule;
import dev.slb.api.Scheduler;
import dev.slb.api.SniCertificate;
import dev.slb.api.Timeouts;
import dev.slb.api.TlsSpec;
import dev.slb.base.Cidr;
import dev.slb.plan.LogFormat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Checks of one listener by itself. The API server has checked most of it, but not for every object: one may have been
 * written by a newer version, before a rule was added, or past the API server.
 */
final class ListenerChecks {

    private static final List<Integer> REDIRECT_CODES = List.of(301, 302, 307, 308);
    /** They carry tunnels (reference, section 5). */
    private static final Set<Integer> RESERVED_UDP_PORTS = Set.of(250, 4789, 4790);

    private static final Set<Scheduler> LAYER_4_ONLY = Set.of(Scheduler.SCH, Scheduler.TCH, Scheduler.QCH);

    private final ListenerSpec spec;
    private final boolean layer7;
    private final FieldProblems problems = new FieldProblems();

    private ListenerChecks(ListenerSpec spec) {
        this.spec = spec;
        this.layer7 = spec.protocol() != null && spec.protocol().isLayer7();
    }

    /** Each problem as {@code field.path: what is wrong}; quotas aside. */
    static List<String> of(ListenerSpec spec) {
        ListenerChecks checks = new ListenerChecks(spec);
        checks.identity();
        checks.forwarding();
        checks.layers();
        checks.timeouts();
        checks.limits();
        checks.http();
        checks.log();
        return checks.problems.list();
    }

    /** What there is too much of. */
    static List<String> overQuota(ListenerSpec spec, Quotas quotas) {
        FieldProblems problems = new FieldProblems();
        atMost(quotas.rules(), spec.rules().size(), "rules", "spec.rules", problems);
        if (spec.accessControl() != null) {
            atMost(quotas.cidrs(), spec.accessControl().cidrs().size(), "CIDRs", "spec.accessControl.cidrs", problems);
        }
        if (spec.tls() != null) {
            atMost(quotas.sniCertificates(), spec.tls().sni().size(), "SNI certificates", "spec.tls.sni", problems);
        }
        return problems.list();
    }

    private static void atMost(int quota, int size, String what, String path, FieldProblems problems) {
        problems.require(size <= quota, path, "has " + size + " " + what + ", the quota is " + quota);
    }

    private void identity() {
        problems.present(
                spec.loadBalancerRef() == null ? null : spec.loadBalancerRef().name(), "spec.loadBalancerRef.name");
        problems.present(spec.protocol(), "spec.protocol");
        problems.known(spec.protocol(), "spec.protocol");
        problems.present(spec.port(), "spec.port");
        problems.range(spec.port(), 1, 65535, "spec.port");
        problems.require(
                spec.protocol() != Protocol.UDP || !RESERVED_UDP_PORTS.contains(spec.port()),
                "spec.port",
                spec.port() + " is reserved on UDP, as 250, 4789 and 4790 are");
        problems.known(spec.state(), "spec.state");
    }

    private void forwarding() {
        if (spec.redirect() != null) {
            problems.present(spec.redirect().port(), "spec.redirect.port");
            problems.range(spec.redirect().port(), 1, 65535, "spec.redirect.port");
            problems.require(
                    spec.redirect().statusCode() == null
                            || REDIRECT_CODES.contains(spec.redirect().statusCode()),
                    "spec.redirect.statusCode",
                    "must be 301, 302, 307 or 308, is " + spec.redirect().statusCode());
            return;
        }
        if (spec.serverGroupRef() != null) {
            problems.present(spec.serverGroupRef().kind(), "spec.serverGroupRef.kind");
            problems.known(spec.serverGroupRef().kind(), "spec.serverGroupRef.kind");
            problems.present(spec.serverGroupRef().name(), "spec.serverGroupRef.name");
        } else {
            problems.require(
                    spec.backendPort() != null,
                    "spec.backendPort",
                    "is needed for the default pool, without serverGroupRef");
        }
        if (spec.backendPort() != null) {
            ServerChecks.backendPort(spec.backendPort(), "spec.backendPort", problems);
        }
        problems.known(spec.backendProtocol(), "spec.backendProtocol");
        scheduler(spec.scheduler(), "spec.scheduler");
        HealthChecks.check(spec.healthCheck(), spec.protocol(), "spec.healthCheck", problems);
        Persistence.check(spec.sessionPersistence(), layer7, "spec.sessionPersistence", problems);
        backendTls();
        tls();
        rules();
    }

    private void scheduler(Scheduler scheduler, String path) {
        problems.known(scheduler, path);
        problems.require(
                scheduler == null || !layer7 || !LAYER_4_ONLY.contains(scheduler),
                path,
                scheduler + " belongs to layer 4");
        problems.require(
                scheduler != Scheduler.QCH || spec.protocol() == Protocol.UDP, path, "QCH belongs to protocol UDP");
    }

    private void rules() {
        Set<String> names = new HashSet<>();
        Map<RuleMatch, String> matches = new HashMap<>();
        for (int i = 0; i < spec.rules().size(); i++) {
            Rule rule = spec.rules().get(i);
            String path = FieldProblems.entry("spec.rules", i, rule.name());
            problems.present(rule.name(), path + ".name");
            problems.require(names.add(rule.name()), path + ".name", "is there twice");
            RuleMatch match = RuleMatch.of(rule);
            match.check(path, problems);
            String other = matches.putIfAbsent(match, path);
            problems.require(other == null, path, "has the same " + match + " as " + other);
            problems.present(
                    rule.serverGroupRef() == null ? null : rule.serverGroupRef().name(), path + ".serverGroupRef.name");
            scheduler(rule.scheduler(), path + ".scheduler");
            HealthChecks.check(rule.healthCheck(), spec.protocol(), path + ".healthCheck", problems);
            Persistence.check(rule.sessionPersistence(), layer7, path + ".sessionPersistence", problems);
        }
    }

    private void backendTls() {
        BackendTls backend = spec.backendTls();
        if (backend == null) {
            return;
        }
        problems.require(
                ListenerSecrets.speaksTls(spec.backendProtocol()),
                "spec.backendTls",
                "needs backendProtocol HTTPS or GRPC");
        if (backend.caRef() != null) {
            problems.present(backend.caRef().name(), "spec.backendTls.caRef.name");
        }
        problems.require(
                backend.serverName() == null || Names.isHostName(Names.lowerCase(backend.serverName())),
                "spec.backendTls.serverName",
                "must be a host name, is " + backend.serverName());
    }

    private void tls() {
        TlsSpec tls = spec.tls();
        boolean https = spec.protocol() == Protocol.HTTPS;
        problems.require(https || tls == null, "spec.tls", "belongs to protocol HTTPS");
        problems.require(!https || tls != null, "spec.tls", "is needed with protocol HTTPS");
        if (tls == null) {
            return;
        }
        problems.present(
                tls.certificateRef() == null ? null : tls.certificateRef().name(), "spec.tls.certificateRef.name");
        Set<String> hosts = new HashSet<>();
        for (int i = 0; i < tls.sni().size(); i++) {
            SniCertificate each = tls.sni().get(i);
            String path = FieldProblems.entry("spec.tls.sni", i, each.host());
            problems.present(each.host(), path + ".host");
            if (each.host() != null) {
                String host = Names.lowerCase(each.host());
                problems.require(
                        Names.isHostName(host.startsWith("*.") ? host.substring(2) : host),
                        path + ".host",
                        "must be a host name or *.suffix");
                problems.require(hosts.add(host), path + ".host", "is there twice");
            }
            problems.present(
                    each.certificateRef() == null ? null : each.certificateRef().name(), path + ".certificateRef.name");
        }
        if (tls.clientCARef() != null) {
            problems.present(tls.clientCARef().name(), "spec.tls.clientCARef.name");
        }
        TlsParameters.check(tls, problems);
    }

    private void limits() {
        if (spec.redirect() != null) {
            return;
        }
        problems.range(spec.bandwidthMbps(), 1, 5120, "spec.bandwidthMbps");
        problems.range(spec.maxConnections(), 1, 10_000_000, "spec.maxConnections");
        AccessControl access = spec.accessControl();
        if (access != null) {
            problems.present(access.policy(), "spec.accessControl.policy");
            problems.known(access.policy(), "spec.accessControl.policy");
            networks(access.cidrs(), "spec.accessControl.cidrs");
        }
        ProxyProtocol proxy = spec.proxyProtocol();
        if (proxy != null) {
            boolean accept = Boolean.TRUE.equals(proxy.accept());
            problems.known(proxy.send(), "spec.proxyProtocol.send");
            networks(proxy.trustedCidrs(), "spec.proxyProtocol.trustedCidrs");
            problems.require(
                    !accept || !proxy.trustedCidrs().isEmpty(),
                    "spec.proxyProtocol.trustedCidrs",
                    "is needed with accept");
            problems.require(
                    proxy.send() == null
                            || proxy.send() == ProxyProtocolVersion.None
                            || spec.backendProtocol() != BackendProtocol.H2C
                                    && spec.backendProtocol() != BackendProtocol.GRPC,
                    "spec.proxyProtocol.send",
                    "does not go with servers of HTTP/2, whose connections are shared by clients");
            if (spec.protocol() == Protocol.UDP) {
                problems.require(!accept, "spec.proxyProtocol.accept", "does not go with protocol UDP");
                problems.require(
                        proxy.send() != ProxyProtocolVersion.V1,
                        "spec.proxyProtocol.send",
                        "must be None or V2 with protocol UDP");
            }
        }
    }

    private void networks(List<String> cidrs, String path) {
        for (String cidr : cidrs) {
            problems.require(Cidr.parse(cidr).isPresent(), path, "must be networks such as 10.0.0.0/8, has " + cidr);
        }
    }

    private void log() {
        AccessLog log = spec.accessLog();
        if (log != null && log.format() != null && spec.redirect() == null) {
            LogFormat.validate(log.format()).forEach(problem -> problems.add("spec.accessLog.format", problem));
        }
    }

    private void layers() {
        problems.require(
                spec.redirect() == null || spec.protocol() == Protocol.HTTP,
                "spec.redirect",
                "belongs to protocol HTTP");
        if (layer7) {
            return;
        }
        problems.require(spec.rules().isEmpty(), "spec.rules", "belong to layer 7");
        problems.require(
                spec.backendProtocol() == null || spec.backendProtocol() == BackendProtocol.HTTP,
                "spec.backendProtocol",
                "belongs to layer 7");
        problems.require(spec.http() == null, "spec.http", "belongs to layer 7");
    }

    private void timeouts() {
        Timeouts timeouts = spec.timeouts();
        if (timeouts != null) {
            problems.range(timeouts.idleSeconds(), layer7 ? 1 : 10, layer7 ? 60 : 900, "spec.timeouts.idleSeconds");
            problems.range(timeouts.requestSeconds(), 1, 180, "spec.timeouts.requestSeconds");
            problems.range(timeouts.connectSeconds(), 1, 60, "spec.timeouts.connectSeconds");
            problems.range(timeouts.webSocketIdleSeconds(), 1, 3600, "spec.timeouts.webSocketIdleSeconds");
        }
        ConnectionDrain drain = spec.connectionDrain();
        if (drain != null) {
            problems.range(drain.timeoutSeconds(), 10, 900, "spec.connectionDrain.timeoutSeconds");
        }
    }

    private void http() {
        HttpOptions http = spec.http();
        if (http == null) {
            return;
        }
        problems.range(http.maxRequestsPerConnection(), 0, 1_000_000, "spec.http.maxRequestsPerConnection");
        problems.range(http.maxHeaderBytes(), 1024, 1 << 20, "spec.http.maxHeaderBytes");
        problems.range(http.maxUriBytes(), 256, 1 << 16, "spec.http.maxUriBytes");
        Gzip gzip = http.gzip();
        if (gzip != null) {
            for (String type : gzip.types()) {
                problems.require(
                        Names.isMediaType(type),
                        "spec.http.gzip.types",
                        "must be media types such as text/html, has " + type);
            }
        }
        Forwarded forwarded = http.forwarded();
        if (forwarded != null) {
            problems.known(forwarded.xForwardedFor(), "spec.http.forwarded.xForwardedFor");
            networks(forwarded.trustedCidrs(), "spec.http.forwarded.trustedCidrs");
        }
    }
}
