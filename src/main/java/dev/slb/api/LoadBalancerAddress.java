package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;

/** An address at which clients reach a LoadBalancer. */
@ApiValue
public record LoadBalancerAddress(
        @JsonPropertyDescription("IPAddress or Hostname.") AddressType type,

        @JsonPropertyDescription("The address. At most 253 characters.") @Size(max = 253)
        String value) {}
