package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** One server of a VServerGroup as it is now. */
@ApiValue
public record ServerStatus(
        @JsonPropertyDescription("Entry that the server comes from. At most 63 characters.") @Size(max = 63)
        String name,

        @JsonPropertyDescription("Name of the pod. At most 253 characters.") @Size(max = 253)
        String pod,

        @JsonPropertyDescription("IP address. At most 64 characters.") @Size(max = 64)
        String address,

        @JsonPropertyDescription("Port.") @Min(0) @Max(65535)
        Integer port,

        @JsonPropertyDescription("Weight, a fraction where pods share one.") @Min(0) @Max(100)
        BigDecimal weight,

        @JsonPropertyDescription("Normal, Abnormal, Unavailable (no verdict yet) or Unchecked: the worst that any "
                + "forwarder and check says.")
        ServerHealth health,

        @JsonPropertyDescription("Zone of the node. At most 63 characters.") @Size(max = 63)
        String zone,

        @JsonPropertyDescription("Why the server is left out, or what is odd about it.")
        ServerReason reason) {
    /** Keeps three decimals of a shared weight, and none of a whole one: 45, 12.857. */
    public ServerStatus {
        weight = weight == null ? null : normalised(weight);
    }

    private static BigDecimal normalised(BigDecimal weight) {
        BigDecimal stripped = weight.setScale(3, RoundingMode.HALF_UP).stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }
}
