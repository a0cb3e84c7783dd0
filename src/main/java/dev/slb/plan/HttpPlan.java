package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.util.List;

/**
 * Layer 7 options.
 *
 * @param maxRequestsPerConnection then the client's connection is closed; 0: unlimited
 * @param maxHeaderBytes a request head over it is answered 431
 * @param maxUriBytes a request target over it is answered 414
 * @param http2 HTTPS: HTTP/2 is offered by ALPN
 * @param gzipTypes media types, in lower case, whose answers are compressed for clients that accept it; null: off
 */
@JsonInclude(JsonInclude.Include.NON_DEFAULT)
public record HttpPlan(
        @JsonInclude(JsonInclude.Include.ALWAYS) int maxRequestsPerConnection,
        int maxHeaderBytes,
        int maxUriBytes,
        ForwardedPlan forwarded,
        boolean http2,
        List<String> gzipTypes) {

    public HttpPlan {
        gzipTypes = gzipTypes == null ? null : List.copyOf(gzipTypes);
    }

    List<String> validate() {
        return new Problems()
                .require(maxRequestsPerConnection >= 0, "maxRequestsPerConnection", "is negative")
                .require(maxHeaderBytes >= 256, "maxHeaderBytes", "must be at least 256")
                .require(maxUriBytes >= 1, "maxUriBytes", "must be positive")
                .require(forwarded != null, "forwarded", "is missing")
                .list();
    }
}
