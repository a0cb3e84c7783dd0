package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

import java.util.List;

/** Which source addresses may connect. */
@ApiValue
public record AccessControl(
        @JsonPropertyDescription("Allow: only the listed sources may connect; an empty list lets nobody in. Deny: the "
                + "listed sources may not.")
        @Required
        AccessPolicy policy,

        @JsonPropertyDescription("Sources as CIDRs or single IP addresses, IPv4 and IPv6. 0 to 300 entries.")
        @Size(max = 300)
        @ValidationRule(
                value = "self.all(c, isIP(c) || isCIDR(c))",
                message = "every entry must be a CIDR such as 10.0.0.0/8, or an IP address",
                messageExpression = "'neither a CIDR such as 10.0.0.0/8 nor an IP address: ' + self.filter(c, "
                        + "!isIP(c) && !isCIDR(c))[0]")
        List<@Size(min = 1, max = 49) String> cidrs) {
    public AccessControl {
        cidrs = Absent.list(cidrs);
    }
}
