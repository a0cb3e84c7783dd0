package dev.slb.translate;

import dev.slb.certificate.AuthorityFacts;
import dev.slb.certificate.KeyPairFacts;
import dev.slb.certificate.StapleFacts;
import io.fabric8.kubernetes.api.model.Secret;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/**
 * What translation needs of a Secret, and nothing else of it; equal facts translate equally.
 *
 * @param type such as {@code kubernetes.io/tls}, or null
 * @param keyPair {@code tls.crt} and {@code tls.key}
 * @param staple {@code tls.ocsp-staple}; null when there is none, or no certificate that it could go with
 * @param authority {@code ca.crt}
 */
public record SecretFacts(
        String namespace,
        String name,
        String type,
        KeyPairFacts keyPair,
        StapleFacts staple,
        AuthorityFacts authority) {

    public static final String TLS_TYPE = "kubernetes.io/tls";

    private static final String CERTIFICATE = "tls.crt";
    private static final String KEY = "tls.key";
    /** As Envoy Gateway and Istio have it. */
    static final String STAPLE = "tls.ocsp-staple";

    static final String AUTHORITY = "ca.crt";

    /** Never throws, whatever is in it. Takes milliseconds where there is a key to be tried. */
    public static SecretFacts of(Secret secret) {
        KeyPairFacts keyPair = KeyPairFacts.of(text(secret, CERTIFICATE), text(secret, KEY));
        return new SecretFacts(
                secret.getMetadata().getNamespace(),
                secret.getMetadata().getName(),
                secret.getType(),
                keyPair,
                staple(text(secret, STAPLE), keyPair),
                AuthorityFacts.of(text(secret, AUTHORITY)));
    }

    private static StapleFacts staple(String response, KeyPairFacts keyPair) {
        return response == null || keyPair.problem() != null
                ? null
                : StapleFacts.of(response.getBytes(StandardCharsets.ISO_8859_1), keyPair.chain());
    }

    /** Null when there is none. What is not base64 reads as empty, and so has no PEM in it. */
    private static String text(Secret secret, String field) {
        String plain = get(secret.getStringData(), field);
        String encoded = get(secret.getData(), field);
        if (plain != null || encoded == null) {
            return plain;
        }
        return decoded(encoded);
    }

    static String decoded(String base64) {
        try {
            return new String(Base64.getDecoder().decode(base64.replaceAll("\\s", "")), StandardCharsets.ISO_8859_1);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    static String get(Map<String, String> map, String key) {
        return map == null ? null : map.get(key);
    }
}
