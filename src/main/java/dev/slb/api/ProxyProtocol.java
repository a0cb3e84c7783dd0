package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

import java.util.List;

/** The PROXY protocol, towards clients and towards servers. */
@ValidationRule(
        value = "!self.accept || (has(self.trustedCidrs) && size(self.trustedCidrs) > 0)",
        message = "accept needs trustedCidrs",
        fieldPath = ".trustedCidrs",
        reason = "FieldValueRequired")
@ApiValue
public record ProxyProtocol(
        @JsonPropertyDescription("Whether a PROXY header, version 1 or 2, is required from trustedCidrs; from others "
                + "it is refused. Default false.")
        @Default("false")
        Boolean accept,

        @JsonPropertyDescription("Sources that send a PROXY header. 0 to 300 CIDRs or IP addresses.")
        @Size(max = 300)
        @ValidationRule(
                value = "self.all(c, isIP(c) || isCIDR(c))",
                message = "every entry must be a CIDR such as 10.0.0.0/8, or an IP address",
                messageExpression = "'neither a CIDR such as 10.0.0.0/8 nor an IP address: ' + self.filter(c, "
                        + "!isIP(c) && !isCIDR(c))[0]")
        List<@Size(min = 1, max = 49) String> trustedCidrs,

        @JsonPropertyDescription(
                "Version of the PROXY header that servers get: None (default), V1 or V2. UDP: None or V2.")
        @Default("None")
        ProxyProtocolVersion send) {
    /** What an absent object means. */
    public static final ProxyProtocol DEFAULT = new ProxyProtocol(false, null, ProxyProtocolVersion.None);

    public ProxyProtocol {
        trustedCidrs = Absent.list(trustedCidrs);
    }
}
