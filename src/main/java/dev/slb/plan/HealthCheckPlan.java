package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.util.List;

/**
 * How servers are probed. Equal specifications of the same server share one prober, so this record is a key.
 *
 * @param port null: the server's own port
 * @param method HTTP only: HEAD or GET
 * @param path HTTP only
 * @param host HTTP only: the Host header; null: the server's address
 * @param expectedCodes HTTP only: status codes that count as good, sorted
 * @param intervalMillis from the end of one check to the start of the next
 * @param timeoutMillis already raised to the interval where it was shorter
 * @param healthyThreshold consecutive successes that bring an abnormal server back; the very first success admits
 * @param unhealthyThreshold consecutive failures that make a server abnormal
 * @param backend HTTP and GRPC: what the probe speaks; null: HTTP/1.1, or HTTP/2 for GRPC, in clear text
 * @param udpRequest UDP only: what is sent, to be answered by {@code udpResponse}; null: any datagram, and only an ICMP
 *     error fails
 * @param proxy HTTP and GRPC: the header of the PROXY protocol that a probe begins with, which names no client; null: none
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record HealthCheckPlan(
        ProbeType type,
        Integer port,
        String method,
        String path,
        String host,
        List<CodeRange> expectedCodes,
        long intervalMillis,
        long timeoutMillis,
        int healthyThreshold,
        int unhealthyThreshold,
        BackendPlan backend,
        String udpRequest,
        String udpResponse,
        ProxyProtocolPlan.Version proxy) {

    public HealthCheckPlan {
        proxy = proxy == ProxyProtocolPlan.Version.NONE ? null : proxy;
        expectedCodes = expectedCodes == null
                ? List.of()
                : expectedCodes.stream().sorted().distinct().toList();
    }

    /** Longest time from the first unanswered check to the verdict "abnormal" (classic SLB). */
    public long worstCaseFailoverMillis() {
        return timeoutMillis * unhealthyThreshold + intervalMillis * (unhealthyThreshold - 1);
    }

    /** Whether a server that is silent fails it. */
    boolean noticesSilence() {
        return type != ProbeType.UDP || udpRequest != null;
    }

    List<String> validate() {
        Problems problems = new Problems();
        problems.require(type != null, "type", "is missing");
        if (port != null) {
            problems.requirePort(port, "port");
        }
        if (type == ProbeType.HTTP) {
            problems.require("HEAD".equals(method) || "GET".equals(method), "method", "must be HEAD or GET");
            problems.require(path != null && path.startsWith("/"), "path", "must start with /");
            problems.require(!expectedCodes.isEmpty(), "expectedCodes", "are missing");
        }
        if (backend != null) {
            problems.addAll("backend", backend.validate());
            problems.require(type == ProbeType.HTTP || type == ProbeType.GRPC, "backend", "belongs to HTTP and GRPC");
        }
        problems.require((udpRequest == null) == (udpResponse == null), "udpRequest", "goes with udpResponse");
        problems.require(udpRequest == null || type == ProbeType.UDP, "udpRequest", "belongs to UDP");
        problems.require(intervalMillis > 0, "intervalMillis", "must be positive");
        problems.require(timeoutMillis > 0, "timeoutMillis", "must be positive");
        problems.require(healthyThreshold >= 1, "healthyThreshold", "must be at least 1");
        problems.require(unhealthyThreshold >= 1, "unhealthyThreshold", "must be at least 1");
        return problems.list();
    }
}
