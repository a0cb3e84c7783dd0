package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.util.List;

/**
 * What a layer-7 listener, or a probe, speaks with servers. A part of the key of connection pools and probers.
 *
 * @param tls null: clear text. {@code HTTPS} always has it, {@code GRPC} may, the others never
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record BackendPlan(Protocol protocol, Tls tls) {

    /** HTTP/1.1 in clear text: the default. */
    public static final BackendPlan HTTP = new BackendPlan(Protocol.HTTP, null);

    /** The protocol of one connection to a server. */
    public enum Protocol {
        /** HTTP/1.1. */
        HTTP,
        /** HTTP/1.1 over TLS. */
        HTTPS,
        /** HTTP/2 in clear text, with prior knowledge. */
        H2C,
        /** HTTP/2 for gRPC: trailers, and its own errors. */
        GRPC;

        public boolean isHttp2() {
            return this == H2C || this == GRPC;
        }
    }

    /**
     * How servers that speak TLS are verified.
     *
     * @param ca PEM certificates that sign theirs; null: not verified
     * @param serverName sent as SNI, and demanded of the certificate where it is verified; null: neither
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Tls(String ca, String serverName) {}

    /** @param backend null stands for {@link #HTTP} */
    public static BackendPlan orHttp(BackendPlan backend) {
        return backend == null ? HTTP : backend;
    }

    List<String> validate() {
        Problems problems = new Problems();
        problems.require(protocol != null, "protocol", "is missing");
        problems.require(protocol != Protocol.HTTPS || tls != null, "tls", "is needed with HTTPS");
        problems.require(
                tls == null || protocol == Protocol.HTTPS || protocol == Protocol.GRPC,
                "tls",
                "belongs to HTTPS and GRPC");
        return problems.list();
    }
}
