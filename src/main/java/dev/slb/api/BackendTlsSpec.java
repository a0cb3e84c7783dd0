package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;

/** How servers that speak TLS are verified. */
@ApiValue
public record BackendTlsSpec(
        @JsonPropertyDescription("ConfigMap or Secret of the namespace whose ca.crt signs the certificates of the "
                + "servers. Absent: their certificates are not verified.")
        ObjectRef caRef,

        @JsonPropertyDescription("Name that the certificate must carry, sent as SNI too. At most 253 characters. "
                + "Absent: neither sent nor checked.")
        @Size(max = 253)
        @Pattern(Patterns.OPTIONAL_HOST_NAME)
        String serverName) {
    public BackendTlsSpec {
        serverName = Absent.text(serverName);
    }
}
