package dev.slb.distribution;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

class LogLinesTest {

    private static final String COMBINED =
            "198.51.100.7 - alice [23/Nov/2026:18:07:00 +0200] \"GET /a?b=[c] HTTP/1.1\" 200 512"
                    + " \"https://shop.example/\" \"Mozilla/5.0 (X11; Linux x86_64) \\x22odd\\x22\"";

    @Test
    void ourJson() {
        Hit hit = read("json", """
                {"time":"2026-11-23T16:07:00.123Z","slbid":"shop/shop","slb_vport":443,"client_ip":"198.51.100.7",\
                "client_port":50312,"http_user_agent":"a \\"b\\"","status":200,\
                "upstream_addr":"10.1.0.4:8080, 10.1.0.5:8080"}""");

        assertThat(hit)
                .isEqualTo(new Hit(
                        "shop/shop:443", "10.1.0.5:8080", "198.51.100.7", 50312, time("2026-11-23T16:07:00.123Z")));
    }

    @Test
    void theRealClientCountsInFrontOfThePeer() {
        assertThat(read("json", "{\"client_ip\":\"10.0.0.1\",\"http_x_real_ip\":\"203.0.113.9\"}"))
                .isEqualTo(new Hit("", null, "203.0.113.9", -1, Hit.NO_TIME));
    }

    @Test
    void ourFormatString() {
        Hit hit = read(
                "text",
                "2026-11-23T16:07:00.123Z 2001:db8::7:50312 shop/shop:443"
                        + " \"GET https://shop.example/a\\x22 200 5 HTTP/1.1\" 200 5120 0.034"
                        + " upstream [2001:db8::5]:80, 10.1.0.4:8080 502, 200 0.001, 0.031 \"-\" \"curl \\x22 upstream\"");

        assertThat(hit.server()).isEqualTo("10.1.0.4:8080");
        assertThat(hit.group()).isEqualTo("shop/shop:443");
        assertThat(hit.client()).isEqualTo("2001:db8::7");
        assertThat(hit.port()).isEqualTo(50312);
        assertThat(hit.time()).isEqualTo(time("2026-11-23T16:07:00.123Z"));
    }

    @Test
    void aRequestThatNoServerGot() {
        assertThat(read(
                                "text",
                                "2026-11-23T16:07:00.123Z 198.51.100.7:50312 shop/shop:443"
                                        + " \"GET http://shop.example/ HTTP/1.1\" 503 0 0.000 upstream - - - \"-\" \"-\"")
                        .server())
                .isNull();
    }

    @Test
    void nginxCombinedNamesNoServer() {
        Hit hit = read("nginx-combined", COMBINED);

        assertThat(hit).isEqualTo(new Hit("", null, "198.51.100.7", -1, time("2026-11-23T16:07:00Z")));
        assertThat(LogLines.named("nginx-combined").namesServers()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " \"203.0.113.1\" upstream: 10.1.0.4:8080",
                " \"203.0.113.1, 203.0.113.2\" upstream_addr=\"10.1.0.4:8080\" rt=0.012",
                " \"-\" 10.1.0.9:80, 10.1.0.4:8080 502, 200 0.001, 0.02",
                " 10.1.0.9:80 : 10.1.0.4:8080",
                " rt=0.004 uct=\"0.000\" uht=\"0.003\" urt=\"0.003\" ua=10.1.0.4:8080"
            })
    void nginxWithAnUpstreamAddressAfterTheCombinedFormat(String rest) {
        assertThat(read("nginx-upstream", COMBINED + rest).server()).isEqualTo("10.1.0.4:8080");
    }

    @Test
    void nginxWithOtherKindsOfServers() {
        assertThat(read("nginx-upstream", COMBINED + " \"-\" [2001:db8::5]:8080")
                        .server())
                .isEqualTo("[2001:db8::5]:8080");
        assertThat(read("nginx-upstream", COMBINED + " unix:/run/app.sock").server())
                .isEqualTo("unix:/run/app.sock");
        assertThat(read("nginx-upstream", COMBINED + " \"-\" -").server()).isNull();
    }

    @Test
    void ingressNginxNamesTheGroup() {
        Hit hit = read(
                "nginx-upstream",
                COMBINED + " 1250 0.012 [shop-web-80] [] 10.1.0.4:8080 512 0.011 200 8a0d7e0a1c4d0a9be2e8f0f5c2d1a7b3");

        assertThat(hit.group()).isEqualTo("shop-web-80");
        assertThat(hit.server()).isEqualTo("10.1.0.4:8080");
    }

    @Test
    void haproxyHttp() {
        Hit hit = read(
                "haproxy-http",
                "Nov 23 16:07:00 lb1 haproxy[14389]: 10.0.1.2:33317 [23/Nov/2026:16:07:00.655] http-in~ static/srv1"
                        + " 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} \"GET /index.html HTTP/1.1\"");

        assertThat(hit).isEqualTo(new Hit("static", "srv1", "10.0.1.2", 33317, time("2026-11-23T16:07:00.655Z")));
    }

    @Test
    void haproxyTcp() {
        Hit hit = read(
                "haproxy-tcp",
                "2001:db8::2:33313 [23/Nov/2026:16:07:00.443] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0");

        assertThat(hit).isEqualTo(new Hit("bck", "srv1", "2001:db8::2", 33313, time("2026-11-23T16:07:00.443Z")));
    }

    @Test
    void haproxyWithoutAServer() {
        assertThat(read(
                                "haproxy-http",
                                "10.0.1.2:33317 [23/Nov/2026:16:07:00.655] http-in http-in/<NOSRV>"
                                        + " 0/-1/-1/-1/0 400 187 - - PR-- 1/1/0/0/0 0/0 \"<BADREQ>\"")
                        .server())
                .isNull();
    }

    @Test
    void anyFormatStringIsRead() {
        Hit hit = LogLines.named("[$time_local] $remote_addr to: $upstream_addr: $request rt $msec")
                .read("[23/Nov/2026:18:07:00 +0200] 198.51.100.7 to: 10.1.0.4:8080: GET / HTTP/1.1 rt 1795450020.000");

        assertThat(hit).isEqualTo(new Hit("", "10.1.0.4:8080", "198.51.100.7", -1, time("2026-11-23T16:07:00Z")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "$remote_addr$request", "$request$upstream_addr x", "$", "${a", "$$"})
    void aFormatThatCanNotBeReadBackIsRefused(String format) {
        assertThatIllegalArgumentException().isThrownBy(() -> LogLines.named(format));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{}",
                "[]",
                "{\"client_ip\":",
                "hello world",
                "1.2.3.4 - - [x] \"",
                "10.0.1.2:99999999 [23/Nov/2026:16:07:00.655] a b/c 1/2/3 4 -- ",
                "10.0.1.2:33313 [23/Nov/2026:16:07:00.443] fnt bck/srv1 0/0/5007 212"
            })
    void otherLinesAreOfNoFormat(String line) {
        assertThat(LogLines.known()).allMatch(each -> each.read(line) == null);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"x", "1:", "[", "[]", "\" \" ", ":1 [", "1.1.1.1:1", "unix:", "unix:,", "[[] ", "{\"", "\\\""})
    void aHostileLineTakesLinearTime(String piece) {
        String hostile = piece.repeat(500_000 / piece.length());

        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            for (LogLines each : LogLines.known()) {
                assertThat(each.read(hostile)).isNull();
                each.read(COMBINED + " " + hostile);
                each.read("1.1.1.1 - - [" + hostile);
            }
        });
    }

    @Test
    void anOddTimeIsNoTime() {
        for (String text : List.of("", "-", "99/Foo/2026:00:00:00 +0000", "2026-13-01T00:00:00Z", "no time at all")) {
            assertThat(LogLines.time(text)).isEqualTo(Hit.NO_TIME);
        }
    }

    private static Hit read(String format, String line) {
        Hit hit = LogLines.named(format).read(line);
        assertThat(LogLines.known())
                .filteredOn(each -> !each.name().equals(format))
                .allMatch(each -> each.read(line) == null);
        return hit;
    }

    private static long time(String text) {
        return Instant.parse(text).toEpochMilli();
    }
}
