package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

import java.util.List;

/** Headers that tell servers about the client and the listener. */
@ApiValue
public record Forwarded(
        @JsonPropertyDescription("X-Forwarded-For: Append (default) adds the client address to what the request "
                + "carries, Replace sets it alone, None leaves the header as it is.")
        @Default("Append")
        ForwardedForMode xForwardedFor,

        @JsonPropertyDescription("Proxies whose X-Forwarded-For is believed; the header of others is dropped before "
                + "Append. Empty: everybody is believed. 0 to 300 CIDRs or IP addresses.")
        @Size(max = 300)
        @ValidationRule(
                value = "self.all(c, isIP(c) || isCIDR(c))",
                message = "every entry must be a CIDR such as 10.0.0.0/8, or an IP address",
                messageExpression = "'neither a CIDR such as 10.0.0.0/8 nor an IP address: ' + self.filter(c, "
                        + "!isIP(c) && !isCIDR(c))[0]")
        List<@Size(min = 1, max = 49) String> trustedCidrs,

        @JsonPropertyDescription("X-Forwarded-Proto: http or https. Default true.") @Default("true")
        Boolean xForwardedProto,

        @JsonPropertyDescription("X-Forwarded-Port: port of the listener. Default false.") @Default("false")
        Boolean xForwardedPort,

        @JsonPropertyDescription("X-Forwarded-Client-srcport: source port of the client. Default false.")
        @Default("false")
        Boolean clientPort,

        @JsonPropertyDescription("SLB-ID: namespace and name of the LoadBalancer. Default false.") @Default("false")
        Boolean slbId,

        @JsonPropertyDescription("SLB-IP: address of the LoadBalancer. Default false.") @Default("false")
        Boolean slbIp,

        @JsonPropertyDescription(
                "Headers with subject, issuer and fingerprint of the client certificate. Default false.")
        @Default("false")
        Boolean clientCertificate) {
    /** What an absent object means. */
    public static final Forwarded DEFAULT =
            new Forwarded(ForwardedForMode.Append, null, true, false, false, false, false, false);

    public Forwarded {
        trustedCidrs = Absent.list(trustedCidrs);
    }
}
