package dev.slb.plan;

import java.util.List;

/**
 * The PROXY protocol towards clients and servers.
 *
 * @param accept a header, version 1 or 2, is required from {@code trustedCidrs} and refused from others
 * @param send which version servers get; UDP: {@code NONE} or {@code V2}
 */
public record ProxyProtocolPlan(boolean accept, List<String> trustedCidrs, Version send) {

    /** Versions of the header. */
    public enum Version {
        NONE,
        V1,
        V2
    }

    public ProxyProtocolPlan {
        trustedCidrs = trustedCidrs == null ? List.of() : List.copyOf(trustedCidrs);
    }

    List<String> validate(ListenerProtocol protocol) {
        return new Problems()
                .require(send != null, "send", "is missing")
                .require(
                        protocol != ListenerProtocol.UDP || !accept && send != Version.V1,
                        "send",
                        "must be NONE or V2 on UDP, where no header is accepted")
                .list();
    }
}
