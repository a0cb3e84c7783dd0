package dev.slb.testing;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/** The certificates and keys of {@code src/test/resources/certificates}; see {@code make.sh} there. */
public final class TestCertificates {

    private static final Path FOLDER = Path.of("src/test/resources/certificates");

    /** All certificates are valid then. */
    public static final Instant GOOD_TIME = Instant.parse("2027-01-01T00:00:00Z");

    /** {@code shop-one-year.crt} has expired by then, the others have not. */
    public static final Instant YEARS_LATER = Instant.parse("2030-01-01T00:00:00Z");

    private TestCertificates() {}

    /** @param file such as {@code shop.crt} or {@code shop.key} */
    public static String pem(String file) {
        try {
            return Files.readString(FOLDER.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A Secret of type kubernetes.io/tls in {@code shop}. */
    public static Secret secret(String name, String certificate, String key) {
        return new SecretBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName(name)
                .endMetadata()
                .withType("kubernetes.io/tls")
                .addToStringData("tls.crt", pem(certificate))
                .addToStringData("tls.key", pem(key))
                .build();
    }

    /** A ConfigMap in {@code shop} with {@code ca.crt}. */
    public static ConfigMap authority(String name, String certificates) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName(name)
                .endMetadata()
                .addToData("ca.crt", pem(certificates))
                .build();
    }
}
