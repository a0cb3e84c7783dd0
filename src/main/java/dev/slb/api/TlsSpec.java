package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

import java.util.List;

/** TLS towards clients. */
@ValidationRule(
        value = "(self.policy == 'Custom') == has(self.custom)",
        message = "custom is needed with policy Custom and goes with no other policy",
        fieldPath = ".custom")
@ApiValue
public record TlsSpec(
        @JsonPropertyDescription(
                "Certificate for clients that match no entry of sni: Secret of type "
                        + "kubernetes.io/tls in the namespace, with tls.crt, tls.key, and tls.ocsp-staple if one is to be stapled.")
        @Required
        ObjectRef certificateRef,

        @JsonPropertyDescription(
                "Further certificates, chosen by the host name in the TLS handshake, independent of rules. At most 10.")
        @Size(max = 10)
        List<SniCertificate> sni,

        @JsonPropertyDescription("ConfigMap or Secret of the namespace whose ca.crt signs client certificates. Set: "
                + "clients must show one. Absent: none is asked for.")
        ObjectRef clientCARef,

        @JsonPropertyDescription("Versions and cipher suites. TLS10: 1.0 to 1.2; TLS11: 1.1 and 1.2; TLS12: 1.2; "
                + "TLS12Strict: 1.2 with forward secrecy only; TLS12Strict13 (default): the same and "
                + "1.3; Custom: as in custom.")
        @Default("TLS12Strict13")
        TlsPolicy policy,

        @JsonPropertyDescription("Versions and cipher suites of the policy Custom.")
        CustomTls custom) {
    public TlsSpec {
        sni = Absent.list(sni);
    }
}
