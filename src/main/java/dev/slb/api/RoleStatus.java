package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;

/** The master or the slave as it is now. */
@ApiValue
public record RoleStatus(
        @JsonPropertyDescription("Name of the pod. At most 253 characters.") @Size(max = 253)
        String pod,

        @JsonPropertyDescription("IP address. At most 64 characters.") @Size(max = 64)
        String address,

        @JsonPropertyDescription("Port.") @Min(0) @Max(65535)
        Integer port,

        @JsonPropertyDescription("Normal, Abnormal, Unavailable (no verdict yet) or Unchecked: the worst that any "
                + "forwarder and check says.")
        ServerHealth health,

        @JsonPropertyDescription("Why the server is left out, or what is odd about it.")
        ServerReason reason) {}
