package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;

/** The access log of a listener. */
@ApiValue
public record AccessLogSpec(
        @JsonPropertyDescription(
                "Whether there is one line per request, or per connection on TCP and UDP. Default false.")
        @Default("false")
        Boolean enabled,

        @JsonPropertyDescription("JSON (default), or a format string. 1 to 2048 characters.")
        @Default("JSON")
        @Size(min = 1, max = 2048)
        String format) {
    /** What an absent object means. */
    public static final AccessLogSpec DEFAULT = new AccessLogSpec(false, "JSON");
}
