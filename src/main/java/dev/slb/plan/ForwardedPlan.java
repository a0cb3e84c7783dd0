package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.util.List;

/**
 * What servers are told about the client (classic SLB).
 *
 * @param trustedCidrs peers whose X-Forwarded-* headers are kept and appended to; empty: every peer's are
 * @param proto {@code X-Forwarded-Proto}: http or https
 * @param port {@code X-Forwarded-Port}: the listener's port
 * @param clientPort {@code X-Forwarded-Client-srcport}: the client's source port
 * @param slbId {@code SLB-ID}: namespace/name of the LoadBalancer, or null for none
 * @param slbIp {@code SLB-IP}: whether the local address is told
 * @param clientCertificate HTTPS with client certificates: whether what they say is told
 */
public record ForwardedPlan(
        XForwardedFor xForwardedFor,
        List<String> trustedCidrs,
        boolean proto,
        boolean port,
        boolean clientPort,
        String slbId,
        boolean slbIp,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean clientCertificate) {

    /** What happens to the {@code X-Forwarded-For} of a request. */
    public enum XForwardedFor {
        APPEND,
        REPLACE,
        NONE
    }

    public ForwardedPlan {
        trustedCidrs = trustedCidrs == null ? List.of() : List.copyOf(trustedCidrs);
    }
}
