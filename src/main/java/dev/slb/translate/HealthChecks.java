package dev.slb.translate;

import dev.slb.api.HealthCheckSpec;
import dev.slb.api.HealthCheckType;
import dev.slb.api.PassiveCheck;
import dev.slb.api.Protocol;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.CodeRange;
import dev.slb.plan.HealthCheckPlan;
import dev.slb.plan.PassivePlan;
import dev.slb.plan.ProbeType;
import dev.slb.plan.ProxyProtocolPlan;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

import static dev.slb.translate.Fields.millis;
import static dev.slb.translate.Fields.or;

/** Health checks of listeners and rules, with SLB's defaults. Probes speak what the listener speaks with its servers. */
final class HealthChecks {

    private static final int INTERVAL_SECONDS = 2;
    private static final int TIMEOUT_SECONDS = 5;
    private static final int UDP_INTERVAL_SECONDS = 5;
    private static final int UDP_TIMEOUT_SECONDS = 10;
    private static final int LONGEST_UDP_TEXT = 500;

    private static final Pattern CODE = Pattern.compile("[1-5](xx|[0-9]{2})");

    private HealthChecks() {}

    static void check(HealthCheckSpec spec, Protocol protocol, String path, FieldProblems problems) {
        if (spec == null) {
            return;
        }
        type(spec, protocol, path, problems);
        problems.range(spec.port(), 1, 65535, path + ".port");
        problems.known(spec.method(), path + ".method");
        problems.require(
                spec.path() == null || Names.isPath(spec.path()),
                path + ".path",
                "must start with / and have no spaces");
        problems.require(spec.host() == null || Names.isHostHeader(spec.host()), path + ".host", "must be a host name");
        for (String code : spec.expectedCodes()) {
            problems.require(
                    CODE.matcher(code).matches(),
                    path + ".expectedCodes",
                    "must be classes such as 2xx or codes, has " + code);
        }
        problems.range(spec.intervalSeconds(), 1, 50, path + ".intervalSeconds");
        problems.range(spec.timeoutSeconds(), 1, 300, path + ".timeoutSeconds");
        problems.range(spec.healthyThreshold(), 2, 10, path + ".healthyThreshold");
        problems.range(spec.unhealthyThreshold(), 2, 10, path + ".unhealthyThreshold");
        if (spec.passive() != null) {
            problems.range(spec.passive().failures(), 1, 100, path + ".passive.failures");
            problems.range(spec.passive().seconds(), 1, 300, path + ".passive.seconds");
        }
    }

    private static void type(HealthCheckSpec spec, Protocol protocol, String path, FieldProblems problems) {
        problems.known(spec.type(), path + ".type");
        boolean udp = protocol == Protocol.UDP;
        problems.require(spec.type() != HealthCheckType.UDP || udp, path + ".type", "UDP belongs to protocol UDP");
        problems.require(
                spec.type() != HealthCheckType.GRPC || !udp, path + ".type", "GRPC does not go with protocol UDP");
        String request = spec.udpRequest();
        String response = spec.udpResponse();
        problems.require(
                (request == null) == (response == null), path + ".udpRequest", "and udpResponse need each other");
        boolean probedByUdp = udp && (spec.type() == null || spec.type() == HealthCheckType.UDP);
        problems.require(request == null || probedByUdp, path + ".udpRequest", "needs a health check of type UDP");
        problems.require(
                request == null || request.length() <= LONGEST_UDP_TEXT,
                path + ".udpRequest",
                "must have at most " + LONGEST_UDP_TEXT + " characters");
        problems.require(
                response == null || response.length() <= LONGEST_UDP_TEXT,
                path + ".udpResponse",
                "must have at most " + LONGEST_UDP_TEXT + " characters");
    }

    /**
     * @param given null: defaults
     * @param backend what the listener speaks with its servers; null on layer 4
     * @param proxy null: neither accepted nor sent
     * @return null when checks are off
     */
    static HealthCheckPlan plan(
            HealthCheckSpec given, Protocol protocol, BackendPlan backend, ProxyProtocolPlan proxy) {
        HealthCheckSpec usual = HealthCheckSpec.DEFAULT;
        HealthCheckSpec spec = or(given, usual);
        if (!or(spec.enabled(), usual.enabled())) {
            return null;
        }
        ProbeType type = spec.type() == null
                ? usualType(protocol, backend)
                : ProbeType.valueOf(spec.type().name());
        boolean http = type == ProbeType.HTTP;
        boolean udp = type == ProbeType.UDP;
        Duration interval =
                Duration.ofSeconds(or(spec.intervalSeconds(), udp ? UDP_INTERVAL_SECONDS : INTERVAL_SECONDS));
        Duration timeout = Duration.ofSeconds(or(spec.timeoutSeconds(), udp ? UDP_TIMEOUT_SECONDS : TIMEOUT_SECONDS));
        return new HealthCheckPlan(
                type,
                spec.port(),
                http ? or(spec.method(), usual.method()).name() : null,
                http ? or(spec.path(), usual.path()) : null,
                http ? spec.host() : null,
                http ? codes(spec.expectedCodes().isEmpty() ? usual.expectedCodes() : spec.expectedCodes()) : null,
                interval.toMillis(),
                Math.max(timeout.toMillis(), interval.toMillis()),
                or(spec.healthyThreshold(), usual.healthyThreshold()),
                or(spec.unhealthyThreshold(), usual.unhealthyThreshold()),
                spoken(type, backend),
                udp ? spec.udpRequest() : null,
                udp ? spec.udpResponse() : null,
                proxyHeader(type, spec, proxy));
    }

    /**
     * What traffic notices, whether servers are probed or not.
     *
     * @param given null: defaults
     */
    static PassivePlan passive(HealthCheckSpec given) {
        PassiveCheck usual = PassiveCheck.DEFAULT;
        PassiveCheck spec = given == null ? usual : or(given.passive(), usual);
        return new PassivePlan(
                or(spec.enabled(), usual.enabled()),
                or(spec.failures(), usual.failures()),
                millis(or(spec.seconds(), usual.seconds())));
    }

    /** A server that wants the header wants it from probes as well; another port is another service. */
    private static ProxyProtocolPlan.Version proxyHeader(
            ProbeType type, HealthCheckSpec spec, ProxyProtocolPlan proxy) {
        boolean speaks = type == ProbeType.HTTP || type == ProbeType.GRPC;
        return speaks && proxy != null && spec.port() == null ? proxy.send() : null;
    }

    private static ProbeType usualType(Protocol protocol, BackendPlan backend) {
        if (!protocol.isLayer7()) {
            return protocol == Protocol.UDP ? ProbeType.UDP : ProbeType.TCP;
        }
        boolean grpc = backend != null && backend.protocol() == BackendPlan.Protocol.GRPC;
        return grpc ? ProbeType.GRPC : ProbeType.HTTP;
    }

    /** What a probe speaks where that is not the plainest; a gRPC check speaks HTTP/2 whatever the listener does. */
    private static BackendPlan spoken(ProbeType type, BackendPlan backend) {
        if (type == ProbeType.GRPC) {
            return backend == null || backend.tls() == null
                    ? null
                    : new BackendPlan(BackendPlan.Protocol.GRPC, backend.tls());
        }
        return type == ProbeType.HTTP ? backend : null;
    }

    private static List<CodeRange> codes(List<String> codes) {
        return codes.stream().map(HealthChecks::range).toList();
    }

    private static CodeRange range(String code) {
        if (code.endsWith("xx")) {
            int first = 100 * Character.digit(code.charAt(0), 10);
            return new CodeRange(first, first + 99);
        }
        return new CodeRange(Integer.parseInt(code), Integer.parseInt(code));
    }
}
