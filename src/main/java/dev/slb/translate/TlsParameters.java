package dev.slb.translate;

import dev.slb.api.CustomTls;
import dev.slb.api.TlsPolicy;
import dev.slb.api.TlsSpec;
import dev.slb.api.TlsVersion;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Versions and cipher suites of a TLS policy (classic SLB).
 *
 * @param versions by their names of the JDK, oldest first
 * @param suites by their names of the JDK, best first; without those that the forwarder does not carry
 * @param notes what is not as the policy says, each as {@code field.path: what}
 */
record TlsParameters(List<String> versions, List<String> suites, List<String> notes) {

    private static final TlsPolicy DEFAULT = TlsPolicy.TLS12Strict13;
    private static final String POLICY = "spec.tls.policy";
    private static final String CIPHERS = "spec.tls.custom.ciphers";
    private static final String VERSIONS = "spec.tls.custom.versions";

    /** @param tls without problems by {@link #check} */
    static TlsParameters of(TlsSpec tls) {
        TlsPolicy policy = policy(tls);
        return policy == TlsPolicy.Custom ? custom(tls.custom()) : named(policy);
    }

    private static TlsPolicy policy(TlsSpec tls) {
        return tls.policy() == null ? DEFAULT : tls.policy();
    }

    private static TlsParameters named(TlsPolicy policy) {
        Set<TlsVersion> versions = switch (policy) {
            case TLS10 -> EnumSet.of(TlsVersion.TLSv1_0, TlsVersion.TLSv1_1, TlsVersion.TLSv1_2);
            case TLS11 -> EnumSet.of(TlsVersion.TLSv1_1, TlsVersion.TLSv1_2);
            case TLS12, TLS12Strict -> EnumSet.of(TlsVersion.TLSv1_2);
            case TLS12Strict13 -> EnumSet.of(TlsVersion.TLSv1_2, TlsVersion.TLSv1_3);
            case Custom, Unknown -> throw new IllegalArgumentException("has no versions of its own: " + policy);
        };
        boolean strict = policy == TlsPolicy.TLS12Strict || policy == TlsPolicy.TLS12Strict13;
        List<TlsSuite> suites = TlsSuite.all(versions).stream()
                .filter(suite -> suite.isForwardSecret() || !strict)
                .toList();
        return of(versions, suites, POLICY, policy + " is served");
    }

    private static TlsParameters custom(CustomTls custom) {
        Set<TlsVersion> versions = EnumSet.copyOf(custom.versions());
        List<TlsSuite> named = custom.ciphers().stream()
                .map(name -> TlsSuite.of(name).orElseThrow())
                .distinct()
                .toList();
        Set<TlsSuite> suites = new LinkedHashSet<>(named.isEmpty() ? TlsSuite.all(versions) : named);
        Set<TlsVersion> tls13 = EnumSet.of(TlsVersion.TLSv1_3);
        List<String> notes = new ArrayList<>();
        if (versions.contains(TlsVersion.TLSv1_3)) {
            List<TlsSuite> all =
                    TlsSuite.all(tls13).stream().filter(TlsSuite::isCarried).toList();
            boolean some = named.stream().anyMatch(suite -> suite.goesWith(tls13));
            if (some && !suites.containsAll(all)) {
                notes.add(CIPHERS + ": TLS 1.3 is served with all of " + names(all));
            }
            suites.addAll(all);
        }
        TlsParameters parameters = of(versions, List.copyOf(suites), CIPHERS, "served");
        notes.addAll(0, parameters.notes());
        return new TlsParameters(parameters.versions(), parameters.suites(), notes);
    }

    private static TlsParameters of(Set<TlsVersion> versions, List<TlsSuite> suites, String path, String served) {
        List<TlsSuite> left =
                suites.stream().filter(suite -> !suite.isCarried()).toList();
        return new TlsParameters(
                versions.stream().map(TlsParameters::jdkName).toList(),
                suites.stream().filter(TlsSuite::isCarried).map(Enum::name).toList(),
                left.isEmpty() ? List.of() : List.of(path + ": " + served + " without " + names(left)));
    }

    private static String names(List<TlsSuite> suites) {
        return suites.stream().map(TlsSuite::openSslName).collect(Collectors.joining(", "));
    }

    private static String jdkName(TlsVersion version) {
        return switch (version) {
            case TLSv1_0 -> "TLSv1";
            case TLSv1_1 -> "TLSv1.1";
            case TLSv1_2 -> "TLSv1.2";
            case TLSv1_3 -> "TLSv1.3";
            case Unknown -> throw new IllegalArgumentException("has no name");
        };
    }

    static void check(TlsSpec tls, FieldProblems problems) {
        problems.known(tls.policy(), POLICY);
        boolean custom = policy(tls) == TlsPolicy.Custom;
        problems.require(
                custom == (tls.custom() != null), "spec.tls.custom", "is needed with policy Custom, and only there");
        if (!custom || tls.custom() == null) {
            return;
        }
        List<TlsVersion> given = tls.custom().versions();
        problems.require(!given.isEmpty(), VERSIONS, "is missing");
        given.forEach(version -> problems.known(version, VERSIONS));
        if (given.isEmpty() || given.contains(TlsVersion.Unknown)) {
            return;
        }
        Set<TlsVersion> versions = EnumSet.copyOf(given);
        List<TlsSuite> suites = new ArrayList<>();
        for (String name : tls.custom().ciphers()) {
            TlsSuite suite = TlsSuite.of(name).orElse(null);
            problems.require(suite != null, CIPHERS, "has " + name + ", which is none of SLB's suites");
            if (suite != null) {
                problems.require(
                        suite.goesWith(versions), CIPHERS, "has " + name + ", which goes with none of the versions");
                suites.add(suite);
            }
        }
        for (TlsVersion version : versions) {
            // TLS 1.3 is always served with all of its suites.
            boolean served = tls.custom().ciphers().isEmpty()
                    || version == TlsVersion.TLSv1_3
                    || suites.stream().anyMatch(suite -> suite.isCarried() && suite.goesWith(EnumSet.of(version)));
            problems.require(served, CIPHERS, "has no suite for " + jdkName(version) + " that can be served");
        }
    }
}
