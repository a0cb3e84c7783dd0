package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

import java.util.List;

/** How servers are probed. */
@ValidationRule(
        value = "(has(self.udpRequest) && self.udpRequest != '') == (has(self.udpResponse) && self.udpResponse != '')",
        message = "udpRequest and udpResponse need each other")
@ApiValue
public record HealthCheckSpec(
        @JsonPropertyDescription("Whether servers are probed. Default true. false: every server counts as good.")
        @Default("true")
        Boolean enabled,

        @JsonPropertyDescription("How servers are probed. Default by protocol: TCP for TCP, UDP for UDP, HTTP for "
                + "HTTP and HTTPS, GRPC where backendProtocol is GRPC. UDP goes with UDP listeners "
                + "only, GRPC with all others.")
        HealthCheckType type,

        @JsonPropertyDescription("Port that is probed, 1 to 65535. Default: the server's own port.") @Min(1) @Max(65535)
        Integer port,

        @JsonPropertyDescription("Method of HTTP probes: HEAD (default) or GET.") @Default("HEAD")
        HealthCheckMethod method,

        @JsonPropertyDescription("Path of HTTP probes, starts with a slash. 1 to 80 characters. Default /.")
        @Default("/")
        @Size(min = 1, max = 80)
        @Pattern(Patterns.PATH)
        String path,

        @JsonPropertyDescription("Host header of HTTP probes. At most 80 characters. Default: the server's address.")
        @Size(max = 80)
        @Pattern(Patterns.OPTIONAL_HOST_NAME)
        String host,

        @JsonPropertyDescription("Status codes that mean health: classes such as 2xx, or single codes. 1 to 20 "
                + "entries. Default 2xx and 3xx.")
        @Default("[\"2xx\", \"3xx\"]")
        @Size(min = 1, max = 20)
        List<@Size(min = 3, max = 3) @Pattern("^[1-5](xx|[0-9][0-9])$") String> expectedCodes,

        @JsonPropertyDescription(
                "Seconds from the end of one probe to the start of the next. 1 to 50. Default 2, UDP 5.")
        @Min(1)
        @Max(50)
        Integer intervalSeconds,

        @JsonPropertyDescription("Seconds that a probe waits for its answer. 1 to 300. Default 5, UDP 10. A timeout "
                + "shorter than the interval counts as the interval.")
        @Min(1)
        @Max(300)
        Integer timeoutSeconds,

        @JsonPropertyDescription("Successes in a row that turn a server to good. 2 to 10. Default 3. A server's very "
                + "first success admits it.")
        @Default("3")
        @Min(2)
        @Max(10)
        Integer healthyThreshold,

        @JsonPropertyDescription("Failures in a row that turn a server to bad. 2 to 10. Default 3.")
        @Default("3")
        @Min(2)
        @Max(10)
        Integer unhealthyThreshold,

        @JsonPropertyDescription(
                "What traffic itself notices of servers between two probes. Absent: the default of every field. "
                        + "It counts whether servers are probed or not.")
        PassiveCheck passive,

        @JsonPropertyDescription("Datagram that UDP probes send, as text. 1 to 500 characters, together with "
                + "udpResponse. Without the two, only an ICMP port unreachable is a failure.")
        @Size(max = 500)
        String udpRequest,

        @JsonPropertyDescription("Datagram that must answer udpRequest, as text. 1 to 500 characters.") @Size(max = 500)
        String udpResponse) {
    /** What an absent object means. Interval, timeout and type depend on the protocol and are null here too. */
    public static final HealthCheckSpec DEFAULT = new HealthCheckSpec(
            true,
            null,
            null,
            HealthCheckMethod.HEAD,
            "/",
            null,
            List.of("2xx", "3xx"),
            null,
            null,
            3,
            3,
            null,
            null,
            null);

    public HealthCheckSpec {
        host = Absent.text(host);
        expectedCodes = Absent.list(expectedCodes);
        udpRequest = Absent.text(udpRequest);
        udpResponse = Absent.text(udpResponse);
    }
}
