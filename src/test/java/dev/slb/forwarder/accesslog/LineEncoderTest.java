package dev.slb.forwarder.accesslog;

import com.fasterxml.jackson.databind.JsonNode;
import dev.slb.plan.LogField;
import dev.slb.plan.LogFormat;
import dev.slb.plan.PlanJson;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class LineEncoderTest {

    private final AccessEntry entry = new AccessEntry();

    @Test
    void aRequestAsJson() {
        request();

        assertThat(line("JSON")).isEqualTo("""
                        {"time":"2026-11-23T16:07:00.123Z","slbid":"shop/shop","vip_addr":"192.0.2.1","slb_vport":443,\
                        "client_ip":"198.51.100.7","client_port":50312,"scheme":"https","request_method":"GET",\
                        "host":"shop.example","request_uri":"/cart?id=1","server_protocol":"HTTP/1.1",\
                        "http_user_agent":"curl/8.5","request_length":312,"status":200,"body_bytes_sent":5120,\
                        "read_request_time":1,"request_time":0.034,"write_response_time":0,\
                        "upstream_addr":"10.1.0.4:8080","upstream_status":"200","upstream_response_time":"0.031",\
                        "tcpinfo_rtt":1200}
                        """);
    }

    @Test
    void aRequestInTheProposedFormat() {
        request();

        assertThat(line(LogFormat.TEXT))
                .isEqualTo("2026-11-23T16:07:00.123Z 198.51.100.7:50312 shop/shop:443"
                        + " \"GET https://shop.example/cart?id=1 HTTP/1.1\" 200 5120 0.034"
                        + " upstream 10.1.0.4:8080 200 0.031 \"-\" \"curl/8.5\"\n");
    }

    @Test
    void retriesAreListed() {
        entry.attempt(ascii("10.1.0.4:80"), 0, 5_000_000_000L).text(LogField.HOST, "between");
        entry.attempt(ascii("[2001:db8::5]:80"), 503, 1_999_999).attempt(ascii("10.1.0.6:80"), 200, 61_020_000_000L);

        assertThat(line("$upstream_addr|$upstream_status|$upstream_response_time|$host"))
                .isEqualTo("10.1.0.4:80, [2001:db8::5]:80, 10.1.0.6:80|-, 503, 200|5.000, 0.001, 61.020|between\n");
    }

    @Test
    void whatIsNotKnownIsAHyphenOrLeftOut() {
        entry.number(LogField.TCPINFO_RTT, -1).nanos(LogField.REQUEST_TIME, -1);

        assertThat(line("$tcpinfo_rtt $request_time $host")).isEqualTo("- - -\n");
        assertThat(line("JSON")).isEqualTo("{}\n");
    }

    @Test
    void aClientCanNotForgeFieldsOrLines() {
        entry.text(LogField.HTTP_USER_AGENT, "a\"b\\c\r\nd\te\u007f\u00e9");

        assertThat(line("\"$http_user_agent\"")).isEqualTo("\"a\\x22b\\x5cc\\x0d\\x0ad\\x09e\\x7f\\xe9\"\n");
        assertThat(line("JSON"))
                .isEqualTo("{\"http_user_agent\":\"a\\\"b\\\\c\\u000d\\u000ad\\u0009e\\u007f\ufffd\"}\n");
    }

    @Test
    void utf8PassesInJson() {
        byte[] value = "x/\u00fc\u20ac\ud83d\ude00\"".getBytes(StandardCharsets.UTF_8);
        entry.text(LogField.REQUEST_URI, value);

        assertThat(line("JSON")).isEqualTo("{\"request_uri\":\"x/\u00fc\u20ac\ud83d\ude00\\\"\"}\n");
    }

    @Test
    void anyBytesMakeOneLineOfGoodJson() throws Exception {
        for (long seed = 0; seed < 200; seed++) {
            byte[] value = new byte[60];
            new Random(seed).nextBytes(value);
            entry.clear();
            entry.text(LogField.HTTP_REFERER, value);

            String line = line("JSON");
            JsonNode read = PlanJson.mapper().readTree(line);

            assertThat(line.indexOf('\n')).as("seed %d", seed).isEqualTo(line.length() - 1);
            assertThat(read.get("http_referer").asText())
                    .as("seed %d", seed)
                    .isEqualTo(new String(value, StandardCharsets.UTF_8));
        }
    }

    @Test
    void aLongValueIsCut() {
        entry.text(LogField.REQUEST_URI, "x".repeat(10_000)).text(LogField.HOST, new byte[10_000]);

        assertThat(line("$request_uri")).hasSize(AccessEntry.MAX_TEXT_BYTES + 1);
        assertThat(line("$host")).hasSize(4 * AccessEntry.MAX_TEXT_BYTES + 1);
    }

    @Test
    void aClearedEntryKeepsNothing() {
        request();
        entry.clear();

        assertThat(line("JSON")).isEqualTo("{}\n");
    }

    @Test
    void onlyTheFieldsOfTheFormatAreUsed() {
        LineEncoder encoder = LineEncoder.of(LogFormat.parse("$status $host"));

        assertThat(encoder.uses(LogField.STATUS)).isTrue();
        assertThat(encoder.uses(LogField.HTTP_REFERER)).isFalse();
    }

    @Test
    void aValueOfTheWrongTypeIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> entry.number(LogField.HOST, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> entry.number(LogField.REQUEST_TIME, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> entry.text(LogField.STATUS, "200"));
    }

    private void request() {
        entry.text(LogField.TIME, "2026-11-23T16:07:00.123Z")
                .text(LogField.SLBID, "shop/shop")
                .text(LogField.VIP_ADDR, "192.0.2.1")
                .number(LogField.SLB_VPORT, 443)
                .text(LogField.CLIENT_IP, "198.51.100.7")
                .number(LogField.CLIENT_PORT, 50312)
                .text(LogField.SCHEME, "https")
                .text(LogField.REQUEST_METHOD, ascii("GET /cart"), 0, 3)
                .text(LogField.HOST, "shop.example")
                .text(LogField.REQUEST_URI, "/cart?id=1")
                .text(LogField.SERVER_PROTOCOL, "HTTP/1.1")
                .text(LogField.HTTP_USER_AGENT, "curl/8.5")
                .number(LogField.REQUEST_LENGTH, 312)
                .number(LogField.STATUS, 200)
                .number(LogField.BODY_BYTES_SENT, 5120)
                .nanos(LogField.READ_REQUEST_TIME, 1_200_000)
                .nanos(LogField.REQUEST_TIME, 34_567_890)
                .nanos(LogField.WRITE_RESPONSE_TIME, 0)
                .attempt(ascii("10.1.0.4:8080"), 200, 31_000_000)
                .number(LogField.TCPINFO_RTT, 1200);
    }

    private String line(String format) {
        Line line = new Line(8);
        LineEncoder.of(LogFormat.parse(format)).encode(entry, line);
        return new String(line.bytes(), 0, line.length(), StandardCharsets.UTF_8);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
