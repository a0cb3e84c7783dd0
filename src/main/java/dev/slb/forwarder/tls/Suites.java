package dev.slb.forwarder.tls;

import java.util.List;

/**
 * Versions and suites of a plan as far as the provider carries them: each version has a suite, each suite a version.
 *
 * @param suites null: the provider's own choice
 */
record Suites(List<String> versions, List<String> suites) {

    private static final String TLS_1_3 = "TLSv1.3";
    private static final String TLS_1_2 = "TLSv1.2";

    static Suites of(TlsProvider provider, List<String> versions, List<String> suites) throws UnusableTlsException {
        List<String> carried =
                suites.stream().filter(provider.suites()::contains).toList();
        List<String> spoken = versions.stream()
                .filter(provider.versions()::contains)
                .filter(version -> suites.isEmpty() || carried.stream().anyMatch(suite -> belongs(suite, version)))
                .toList();
        if (spoken.isEmpty()) {
            throw new UnusableTlsException(
                    "frontend.tls.versions: " + provider.title() + " speaks none of " + String.join(", ", versions)
                            + (suites.isEmpty() ? "" : " with the suites " + String.join(", ", suites)));
        }
        if (suites.isEmpty()) {
            return new Suites(spoken, null);
        }
        return new Suites(
                spoken,
                carried.stream()
                        .filter(suite -> spoken.stream().anyMatch(version -> belongs(suite, version)))
                        .toList());
    }

    private static boolean belongs(String suite, String version) {
        boolean is13 = !suite.contains("_WITH_");
        return switch (version) {
            case TLS_1_3 -> is13;
            case TLS_1_2 -> !is13;
            default -> suite.endsWith("_CBC_SHA");
        };
    }
}
