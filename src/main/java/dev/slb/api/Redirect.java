package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;

/** Redirects every request of an HTTP listener to an HTTPS listener of the same LoadBalancer. */
@ApiValue
public record Redirect(
        @JsonPropertyDescription("Port of an HTTPS listener of the same LoadBalancer, 1 to 65535.")
        @Required
        @Min(1)
        @Max(65535)
        Integer port,

        @JsonPropertyDescription("Status code of the answer: 301 (default), 302, 307 or 308.")
        @Default("301")
        @Min(301)
        @Max(308)
        @ValidationRule(value = "self in [301, 302, 307, 308]", message = "statusCode is 301, 302, 307 or 308")
        Integer statusCode) {}
