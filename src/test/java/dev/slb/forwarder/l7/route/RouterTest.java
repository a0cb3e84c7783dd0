package dev.slb.forwarder.l7.route;

import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.plan.Action;
import dev.slb.plan.RulePlan;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

import static org.assertj.core.api.Assertions.assertThat;

class RouterTest {

    private static final String DEFAULT = "default";

    private static RulePlan rule(String name, String host, String path) {
        return new RulePlan(name, host, path, new Action.Unavailable(name));
    }

    private static Router<String> router(List<RulePlan> rules) {
        return Router.of(rules, Function.identity(), RulePlan::name, DEFAULT);
    }

    private static String find(Router<String> router, String host, String path) {
        byte[] bytes = Ascii.bytes(host + path);
        return router.find(bytes, 0, host.length(), host.length(), bytes.length);
    }

    @ParameterizedTest
    @CsvSource({
        "www.a.com, /, exact",
        "WWW.A.com, /, exact",
        "x.www.a.com, /, wide",
        "m.a.com, /, wide",
        "deep.er.a.com, /, wide",
        "i.m.a.com, /, narrow",
        "x.i.m.a.com, /, narrow",
        "a.com, /, default",
        "xa.com, /, default",
        "b.org, /, default",
    })
    void theExactHostWinsOverTheNarrowerOverTheWiderWildcard(String host, String path, String rule) {
        Router<String> router = router(List.of(
                rule("exact", "www.a.com", null), rule("wide", "*.a.com", null), rule("narrow", "*.m.a.com", null)));

        assertThat(find(router, host, path)).isEqualTo(rule);
    }

    @ParameterizedTest
    @CsvSource({
        "/abc, abc",
        "/abcd, abcd",
        "/abcde, abcd",
        "/abcc, abc",
        "/abc/d, abc",
        "/ab, default",
        "/ABC, default",
        "/x/y/z, xy",
        "/x/z, x",
    })
    void theLongestPrefixByCharacterWins(String path, String rule) {
        Router<String> router = router(List.of(
                rule("abc", null, "/abc"),
                rule("abcd", null, "/abcd"),
                rule("x", null, "/x/"),
                rule("xy", null, "/x/y")));

        assertThat(find(router, "any.host", path)).isEqualTo(rule);
    }

    @Test
    void aMatchedHostIsBinding() {
        Router<String> router = router(List.of(
                rule("bound", "a.com", "/in"),
                rule("other", "b.com", "/in"),
                rule("rest", "b.com", null),
                rule("anyHost", null, "/out")));

        assertThat(find(router, "a.com", "/in/1")).isEqualTo("bound");
        assertThat(find(router, "a.com", "/out")).as("404").isNull();
        assertThat(find(router, "b.com", "/out")).isEqualTo("rest");
        assertThat(find(router, "c.com", "/out")).isEqualTo("anyHost");
        assertThat(find(router, "c.com", "/in")).isEqualTo(DEFAULT);
        assertThat(find(router, "", "/out")).as("no Host at all").isEqualTo("anyHost");
    }

    @Test
    void aWildcardBindsTooAndIsNotLeftForAWiderOne() {
        Router<String> router = router(List.of(rule("narrow", "*.m.a.com", "/in"), rule("wide", "*.a.com", null)));

        assertThat(find(router, "i.m.a.com", "/out")).isNull();
    }

    @Test
    void aNumberSignInARuleMeansItsEncodedForm() {
        Router<String> router = router(List.of(rule("hash", null, "/#/")));

        assertThat(find(router, "a", "/%23/x")).isEqualTo("hash");
    }

    @Test
    void findsWhatALinearSearchFinds() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            List<String> prefixes = new ArrayList<>();
            List<RulePlan> rules = new ArrayList<>();
            for (int i = 0; i < random.nextInt(40); i++) {
                String path = path(random);
                if (!prefixes.contains(path)) {
                    prefixes.add(path);
                    rules.add(rule(path, null, path));
                }
            }
            Router<String> router = router(rules);
            for (int i = 0; i < 50; i++) {
                String path = path(random);
                String longest = prefixes.stream()
                        .filter(path::startsWith)
                        .max(Comparator.comparing(String::length))
                        .orElse(DEFAULT);
                assertThat(find(router, "h", path))
                        .as("seed %d: %s of %s", seed, path, prefixes)
                        .isEqualTo(longest);
            }
        }
    }

    private static String path(Random random) {
        StringBuilder path = new StringBuilder("/");
        for (int i = random.nextInt(6); i > 0; i--) {
            path.append("ab/".charAt(random.nextInt(3)));
        }
        return path.toString();
    }
}
