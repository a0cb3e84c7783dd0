package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;

/** How long connections of a server that leaves run on. */
@ApiValue
public record ConnectionDrain(
        @JsonPropertyDescription("true (default): connections of a server that leaves or fails run on for up to "
                + "timeoutSeconds. false: they are closed at once.")
        @Default("true")
        Boolean enabled,

        @JsonPropertyDescription("Seconds after which the remaining connections are closed. 10 to 900. Default 300.")
        @Default("300")
        @Min(10)
        @Max(900)
        Integer timeoutSeconds) {
    /** What an absent object means. */
    public static final ConnectionDrain DEFAULT = new ConnectionDrain(true, 300);
}
