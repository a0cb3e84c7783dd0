package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

import java.util.List;

/** The versions and cipher suites of the policy Custom. */
@ApiValue
public record CustomTls(
        @JsonPropertyDescription("TLS versions that clients may use. 1 to 4 entries.") @Required @Size(min = 1, max = 4)
        List<TlsVersion> versions,

        @JsonPropertyDescription("Cipher suites by their IANA or OpenSSL names, best first. At most 64. Empty: all "
                + "that go with the versions.")
        @Size(max = 64)
        List<@Size(min = 1, max = 64) @Pattern("^[A-Za-z0-9_-]+$") String> ciphers) {
    public CustomTls {
        versions = Absent.list(versions);
        ciphers = Absent.list(ciphers);
    }
}
