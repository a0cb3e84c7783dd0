package dev.slb.translate;

import dev.slb.base.Cidr;

import java.util.List;

/** Lists of networks, as {@code cidrs} and {@code trustedCidrs} have them. */
final class Networks {

    private Networks() {}

    static void check(List<String> cidrs, String path, FieldProblems problems) {
        for (String cidr : cidrs) {
            problems.require(Cidr.parse(cidr).isPresent(), path, "must be networks such as 10.0.0.0/8, has " + cidr);
        }
    }

    /** Each once, in one spelling, sorted. */
    static List<String> plan(List<String> cidrs) {
        return cidrs.stream()
                .map(cidr -> Cidr.parse(cidr).orElseThrow(Fields::unchecked))
                .sorted()
                .distinct()
                .map(Cidr::toString)
                .toList();
    }
}
