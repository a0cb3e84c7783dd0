package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;

/** The time limits of a listener. */
@ApiValue
public record Timeouts(
        @JsonPropertyDescription("Seconds without a request (HTTP, HTTPS), without a byte (TCP) or without a datagram "
                + "(UDP) after which the connection ends. HTTP and HTTPS 1 to 3600, default 15; TCP "
                + "10 to 900, default 900; UDP 1 to 900, default 90.")
        @Min(1)
        @Max(3600)
        Integer idleSeconds,

        @JsonPropertyDescription(
                "HTTP and HTTPS: seconds that a server has for its answer, then 504: until the first byte, "
                        + "which interim answers are not. 1 to 3600. Default 60.")
        @Default("60")
        @Min(1)
        @Max(3600)
        Integer requestSeconds,

        @JsonPropertyDescription(
                "HTTP and HTTPS: seconds without a byte of the request or the answer, once the answer has "
                        + "begun, after which it is broken off. 1 to 3600. Default 300.")
        @Default("300")
        @Min(1)
        @Max(3600)
        Integer responseIdleSeconds,

        @JsonPropertyDescription(
                "Seconds that connecting to a server may take, then the next is tried. 1 to 60. Default 5.")
        @Default("5")
        @Min(1)
        @Max(60)
        Integer connectSeconds,

        @JsonPropertyDescription("HTTP and HTTPS: seconds without a byte after which an upgraded connection ends. 1 "
                + "to 3600. Default 60.")
        @Default("60")
        @Min(1)
        @Max(3600)
        Integer webSocketIdleSeconds) {
    /** What an absent object means; the idle time depends on the protocol and is null here too. */
    public static final Timeouts DEFAULT = new Timeouts(null, 60, 300, 5, 60);
}
