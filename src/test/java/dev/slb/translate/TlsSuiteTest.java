package dev.slb.translate;

import dev.slb.api.CustomTls;
import dev.slb.api.ObjectRef;
import dev.slb.api.TlsPolicy;
import dev.slb.api.TlsSpec;
import dev.slb.api.TlsVersion;
import io.netty.handler.ssl.OpenSsl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class TlsSuiteTest {

    private static TlsSpec policy(TlsPolicy policy) {
        return new TlsSpec(new ObjectRef("shop-tls"), null, null, policy, null);
    }

    private static List<String> problems(CustomTls custom) {
        FieldProblems problems = new FieldProblems();
        TlsParameters.check(new TlsSpec(new ObjectRef("shop-tls"), null, null, TlsPolicy.Custom, custom), problems);
        return problems.list();
    }

    @ParameterizedTest
    @EnumSource(TlsSuite.class)
    void whatIsLeftOutIsWhatTheLibraryDoesNotCarry(TlsSuite suite) {
        assumeTrue(OpenSsl.isAvailable());
        // The JDK, whose names these are, has kept the oldest prefix for this one.
        String name = suite == TlsSuite.TLS_RSA_WITH_3DES_EDE_CBC_SHA ? "SSL_RSA_WITH_3DES_EDE_CBC_SHA" : suite.name();

        assertThat(OpenSsl.isCipherSuiteAvailable(name)).isEqualTo(suite.isCarried());
    }

    @ParameterizedTest
    @EnumSource(
            value = TlsPolicy.class,
            names = {"Custom", "Unknown"},
            mode = EnumSource.Mode.EXCLUDE)
    void everyPolicyHasSuitesForBothKindsOfCertificatesInEveryVersion(TlsPolicy policy) {
        TlsParameters parameters = TlsParameters.of(policy(policy));

        for (String kind : List.of("ECDSA", "RSA")) {
            assertThat(parameters.suites())
                    .anyMatch(suite -> suite.contains("_" + kind + "_") && suite.contains("GCM"));
        }
        if (parameters.versions().contains("TLSv1")) {
            assertThat(parameters.suites()).anyMatch(suite -> suite.endsWith("_CBC_SHA"));
        }
    }

    @Test
    void suitesGoByEitherOfTheirNames() {
        assertThat(TlsSuite.of("ECDHE-RSA-AES128-GCM-SHA256"))
                .contains(TlsSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)
                .isEqualTo(TlsSuite.of("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"));
        assertThat(TlsSuite.of("RC4-MD5")).isEmpty();
    }

    @Test
    void aCustomPolicyMustBeAbleToServeEachOfItsVersions() {
        assertThat(problems(new CustomTls(List.of(TlsVersion.TLSv1_2), List.of("DES-CBC3-SHA"))))
                .containsExactly("spec.tls.custom.ciphers: has no suite for TLSv1.2 that can be served");
        assertThat(problems(new CustomTls(List.of(TlsVersion.TLSv1_3), List.of("AES128-SHA"))))
                .containsExactly("spec.tls.custom.ciphers: has AES128-SHA, which goes with none of the versions");
        assertThat(problems(new CustomTls(
                        List.of(TlsVersion.TLSv1_0, TlsVersion.TLSv1_2), List.of("ECDHE-RSA-AES128-GCM-SHA256"))))
                .containsExactly("spec.tls.custom.ciphers: has no suite for TLSv1 that can be served");
        assertThat(problems(new CustomTls(List.of(TlsVersion.TLSv1_2, TlsVersion.TLSv1_3), List.of())))
                .isEmpty();
    }
}
