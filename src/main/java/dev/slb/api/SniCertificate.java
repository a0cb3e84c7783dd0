package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A certificate for one host name or one wildcard. */
@ApiValue
public record SniCertificate(
        @JsonPropertyDescription("Host name in the TLS handshake, in lower case, exact or *.suffix; exact wins over "
                + "the narrower wildcard, that over the wider one. 1 to 253 characters.")
        @Required
        @Size(min = 1, max = 253)
        @Pattern(Patterns.HOST)
        String host,

        @JsonPropertyDescription("Secret of type kubernetes.io/tls in the namespace, with tls.crt, tls.key, and "
                + "tls.ocsp-staple if one is to be stapled.")
        @Required
        ObjectRef certificateRef) {
    public SniCertificate {
        host = Absent.text(host);
    }
}
