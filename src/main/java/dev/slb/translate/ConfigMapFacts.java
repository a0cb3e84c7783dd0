package dev.slb.translate;

import dev.slb.certificate.AuthorityFacts;
import io.fabric8.kubernetes.api.model.ConfigMap;

/**
 * What translation needs of a ConfigMap; equal facts translate equally.
 *
 * @param authority {@code ca.crt}
 */
public record ConfigMapFacts(String namespace, String name, AuthorityFacts authority) {

    /** Never throws, whatever is in it. */
    public static ConfigMapFacts of(ConfigMap map) {
        String plain = SecretFacts.get(map.getData(), SecretFacts.AUTHORITY);
        String encoded = SecretFacts.get(map.getBinaryData(), SecretFacts.AUTHORITY);
        return new ConfigMapFacts(
                map.getMetadata().getNamespace(),
                map.getMetadata().getName(),
                AuthorityFacts.of(plain != null || encoded == null ? plain : SecretFacts.decoded(encoded)));
    }
}
