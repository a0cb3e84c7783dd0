package dev.slb.plan;

import java.util.List;

/**
 * Layer 7 options.
 *
 * @param maxRequestsPerConnection then the client's connection is closed; 0: unlimited
 * @param maxHeaderBytes a request head over it is answered 431
 * @param maxUriBytes a request target over it is answered 414
 */
public record HttpPlan(int maxRequestsPerConnection, int maxHeaderBytes, int maxUriBytes, ForwardedPlan forwarded) {

    List<String> validate() {
        return new Problems()
                .require(maxRequestsPerConnection >= 0, "maxRequestsPerConnection", "is negative")
                .require(maxHeaderBytes >= 256, "maxHeaderBytes", "must be at least 256")
                .require(maxUriBytes >= 1, "maxUriBytes", "must be positive")
                .require(forwarded != null, "forwarded", "is missing")
                .list();
    }
}
