package dev.slb.translate;

import dev.slb.api.Rule;

/**
 * What a forwarding rule matches, in the one spelling in which requests are compared with it: two rules with equal matches would
 * contradict each other.
 *
 * @param host lower case, exact or {@code *.suffix}, or null
 * @param path as it stands in a request line, or null
 */
record RuleMatch(String host, String path) {

    static RuleMatch of(Rule rule) {
        return new RuleMatch(
                rule.host() == null ? null : Names.lowerCase(rule.host()),
                rule.path() == null ? null : encoded(rule.path()));
    }

    void check(String at, FieldProblems problems) {
        problems.require(host != null || path != null, at, "must have a host or a path");
        problems.require(
                host == null || Names.isHostPattern(host), at + ".host", "must be a host name or *.suffix, is " + host);
        problems.require(
                path == null || Names.isPath(path), at + ".path", "must start with / and have no spaces, is " + path);
    }

    /** A request carries # and ? of its path percent-encoded: what follows them there is no path any more. */
    private static String encoded(String path) {
        return path.replace("#", "%23").replace("?", "%3F");
    }

    @Override
    public String toString() {
        if (host == null || path == null) {
            return host == null ? "path " + path : "host " + host;
        }
        return "host " + host + " and path " + path;
    }
}
