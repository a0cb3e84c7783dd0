package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;

import java.util.List;

/** What is wanted of a LoadBalancer. */
@ApiValue
public record LoadBalancerSpec(
        @JsonPropertyDescription("Region of the LoadBalancer. Servers on nodes with another "
                + "topology.kubernetes.io/region, or without that label, are left out; address servers "
                + "are not checked. At most 63 characters. Unset: no check.")
        @Size(max = 63)
        @Pattern(Patterns.OPTIONAL_LABEL_VALUE)
        String region,

        @JsonPropertyDescription("The default pool, used by listeners without a server group of their own; each "
                + "listener brings its backendPort. 0 to 200 entries.")
        @Size(max = 200)
        List<PoolServer> servers,

        @JsonPropertyDescription("Seconds over which a server that joins grows to its full weight (WRR and WLC). 0 to "
                + "900. Default 0: at once.")
        @Default("0")
        @Min(0)
        @Max(900)
        Integer slowStartSeconds,

        @JsonPropertyDescription("The Service that exposes the LoadBalancer, kept in the namespace of the operator. "
                + "Absent: type LoadBalancer with external traffic policy Local.")
        ServiceSpec service,

        @JsonPropertyDescription("Where the forwarders run. Absent: the shared ones beside the operator.")
        ForwarderSpec forwarder,

        @JsonPropertyDescription("Bandwidth of all listeners together, per direction, in Mbit/s (10^6 bit/s). 1 to "
                + "1000000. Absent: no limit.")
        @Min(1)
        @Max(1000000)
        Integer bandwidthMbps,

        @JsonPropertyDescription("Limits on connections and requests of the whole LoadBalancer; each of n ready "
                + "forwarders enforces 1/n of them. Absent: no limit.")
        Capacity capacity,

        @JsonPropertyDescription(
                "While true, the LoadBalancer cannot be deleted: the ValidatingAdmissionPolicy of deploy/ "
                        + "and of the chart refuses it. Default false.")
        @Default("false")
        Boolean deletionProtection) {
    public LoadBalancerSpec {
        region = Absent.text(region);
        servers = Absent.list(servers);
    }
}
