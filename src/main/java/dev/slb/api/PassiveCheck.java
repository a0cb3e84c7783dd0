package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;

/** What traffic itself notices of servers, between two probes and without any. */
@ApiValue
public record PassiveCheck(
        @JsonPropertyDescription(
                "Whether a server that traffic can't reach gets nothing new for a while. Default true. "
                        + "It is never the last server of its group. Without effect on a MasterSlaveGroup.")
        @Default("true")
        Boolean enabled,

        @JsonPropertyDescription(
                "Failures in a row, over all listeners and rules: connections that can't be made, time "
                        + "out or are reset before an answer. 1 to 100. Default 3.")
        @Default("3")
        @Min(1)
        @Max(100)
        Integer failures,

        @JsonPropertyDescription(
                "Seconds after the last of them without new connections or requests. 1 to 300. Default "
                        + "10. The next good probe ends them sooner.")
        @Default("10")
        @Min(1)
        @Max(300)
        Integer seconds) {
    /** What an absent object means. */
    public static final PassiveCheck DEFAULT = new PassiveCheck(true, 3, 10);
}
