package dev.slb.forwarder.persistence;

import dev.slb.plan.PersistencePlan;
import dev.slb.plan.Secret;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

class CookieTableTest {

    private static final long TIMEOUT_MILLIS = 60_000;
    private static final PersistencePlan INSERT =
            new PersistencePlan(PersistencePlan.Type.COOKIE_INSERT, TIMEOUT_MILLIS, null);
    private static final PersistencePlan REWRITE =
            new PersistencePlan(PersistencePlan.Type.COOKIE_REWRITE, 0, "JSESSIONID");
    private static final List<String> SERVERS = List.of("web/1:80", "web/2:80", "web/3:80");

    private final CookieSeal seal = new CookieSeal();
    private long now = 1_800_000_000_000L;

    private static CookieKey key(String bytes) {
        return new CookieKey(
                new Secret(Base64.getEncoder().encodeToString(bytes.getBytes(StandardCharsets.ISO_8859_1))));
    }

    private CookieTable<String> table(PersistencePlan plan, List<String> servers, String key, boolean secure) {
        return CookieTable.of(plan, key(key), servers, Function.identity(), secure, () -> now);
    }

    private CookieTable<String> table() {
        return table(INSERT, SERVERS, "0123456789abcdef", false);
    }

    private String line(String server) {
        return new String(table().line(server, seal), StandardCharsets.ISO_8859_1);
    }

    private String value(String server) {
        return line(server).replaceAll("Set-Cookie: SERVERID=([^;]*);.*\r\n", "$1");
    }

    private String find(CookieTable<String> table, String value) {
        String field = "a=b; X=" + value + "; c=d";
        byte[] bytes = field.getBytes(StandardCharsets.ISO_8859_1);
        int start = field.indexOf("X=") + 2;
        return table.find(bytes, start, start + value.length(), new CookieSeal());
    }

    @Test
    void theCookieIsForScriptsAndOtherSitesNotToSee() {
        assertThat(line("web/2:80"))
                .matches("Set-Cookie: SERVERID=[\\w-]{22}\\.[0-9a-f]+\\.[\\w-]{11}"
                        + "; Max-Age=60; Path=/; HttpOnly; SameSite=Lax\r\n");
        assertThat(new String(table(INSERT, SERVERS, "0123456789abcdef", true).line("web/2:80", seal)))
                .endsWith("; HttpOnly; SameSite=Lax; Secure\r\n");
        assertThat(line("web/2:80")).doesNotContain("web");
    }

    @Test
    void everyForwarderKnowsItWhateverTheOrderOfItsList() {
        List<String> servers = IntStream.range(0, 200).mapToObj(i -> "web/" + i).collect(Collectors.toList());
        CookieTable<String> one = table(INSERT, servers, "0123456789abcdef", false);
        Collections.reverse(servers);
        CookieTable<String> other = table(INSERT, servers, "0123456789abcdef", false);

        for (String server : servers) {
            String line = new String(one.line(server, seal), StandardCharsets.ISO_8859_1);
            assertThat(find(other, line.substring(21, line.indexOf(';')))).isEqualTo(server);
        }
    }

    @Test
    void itHoldsUntilItsTimeIsOver() {
        String value = value("web/1:80");
        now += TIMEOUT_MILLIS - 1;
        assertThat(find(table(), value)).isEqualTo("web/1:80");
        now += 1;
        assertThat(find(table(), value)).isNull();
    }

    @Test
    void aForwarderWhoseClockIsBehindTakesItToo() {
        String value = value("web/1:80");
        now -= 5_000;
        assertThat(find(table(), value)).isEqualTo("web/1:80");
    }

    @Test
    void nobodyCanMakeItLastLongerOrMeanAnother() {
        String value = value("web/1:80");
        String[] parts = value.split("\\.");
        String later = Long.toHexString(now + 1_000_000_000);
        String other = value("web/2:80").split("\\.")[0];

        assertThat(find(table(), value)).isEqualTo("web/1:80");
        assertThat(find(table(), parts[0] + "." + later + "." + parts[2])).isNull();
        assertThat(find(table(), other + "." + parts[1] + "." + parts[2])).isNull();
        for (int i = 0; i < value.length(); i++) {
            char changed = value.charAt(i) == 'f' ? 'e' : 'f';
            String tampered = value.substring(0, i) + changed + value.substring(i + 1);
            // The last character of the seal has two bits that mean nothing, but are compared as well.
            assertThat(find(table(), tampered)).as(tampered).isNull();
        }
    }

    @Test
    void anotherKeyMakesItWorthNothing() {
        assertThat(find(table(INSERT, SERVERS, "fedcba9876543210", false), value("web/1:80")))
                .isNull();
    }

    @Test
    void whoMayNotBeChosenIsNotFound() {
        assertThat(find(table(INSERT, SERVERS.subList(1, 3), "0123456789abcdef", false), value("web/1:80")))
                .isNull();
        assertThat(table().line("web/9:80", seal)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "x",
                "AAAAAAAAAAAAAAAAAAAAAA",
                "AAAAAAAAAAAAAAAAAAAAAA.",
                "AAAAAAAAAAAAAAAAAAAAAA..AAAAAAAAAAA"
            })
    void whatIsNoneOfOursIsNotFound(String value) {
        assertThat(find(table(), value)).isNull();
    }

    @Test
    void whatIsCutOffOrGoesOnIsNotFound() {
        String value = value("web/1:80");
        for (int i = 0; i < value.length(); i++) {
            assertThat(find(table(), value.substring(0, i))).isNull();
        }
        assertThat(find(table(), value + "A")).isNull();
        assertThat(find(table(), value.replace(".", ".0000000000000000"))).isNull();
    }

    @Test
    void aRewrittenCookieHasTheServerInFront() {
        CookieTable<String> rewrite = table(REWRITE, SERVERS, "0123456789abcdef", false);
        String prefix = new String(rewrite.prefix("web/3:80"), StandardCharsets.ISO_8859_1);

        assertThat(prefix).matches("[\\w-]{22}~");
        assertThat(find(rewrite, prefix + "0815")).isEqualTo("web/3:80");
        assertThat(find(rewrite, prefix)).isEqualTo("web/3:80");
        assertThat(find(rewrite, prefix.replace('~', '.') + "0815")).isNull();
        assertThat(find(rewrite, "0815")).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "0815", "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAA~AAA", "AAAAAAAAAAA AAAAAAAAAA~"})
    void valuesOfServersHaveNoPrefix(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.ISO_8859_1);
        assertThat(CookieTable.prefixLength(bytes, 0, bytes.length)).isZero();
    }

    @Test
    void aPrefixIsSeenWhoeverItMeans() {
        byte[] bytes = "AAAAAAAAAAAAAAAAAAA-_9~0815".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(CookieTable.prefixLength(bytes, 0, bytes.length)).isEqualTo(23);
    }
}
