package dev.slb.forwarder.l7.rewrite;

import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.forwarder.l7.head.Head;
import dev.slb.forwarder.l7.head.HeadWriter;
import dev.slb.forwarder.l7.head.HeaderName;
import dev.slb.forwarder.l7.head.RequestHead;
import dev.slb.forwarder.l7.head.ResponseHead;
import dev.slb.forwarder.table.Endpoints;
import dev.slb.plan.Action;
import dev.slb.plan.DocumentId;
import dev.slb.plan.DrainPlan;
import dev.slb.plan.ForwardedPlan;
import dev.slb.plan.ForwardedPlan.XForwardedFor;
import dev.slb.plan.FrontendPlan;
import dev.slb.plan.HttpPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.ListenerProtocol;
import dev.slb.plan.RoutingPlan;
import dev.slb.plan.TimeoutsPlan;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class RewritingTest {

    private static final InetSocketAddress CLIENT = new InetSocketAddress("192.0.2.7", 40001);
    private static final InetSocketAddress LOCAL = new InetSocketAddress("198.51.100.1", 10001);
    private static final ForwardedPlan SILENT =
            new ForwardedPlan(XForwardedFor.NONE, List.of(), false, false, false, null, false, false);
    private static final ForwardedPlan APPEND =
            new ForwardedPlan(XForwardedFor.APPEND, List.of(), true, false, false, null, false, false);

    private static String request(ForwardedPlan forwarded, String... lines) {
        return request(forwarded, null, lines);
    }

    private static String request(ForwardedPlan forwarded, byte[] stickyCookie, String... lines) {
        RequestHead head = new RequestHead();
        ByteBuf in = Unpooled.wrappedBuffer(Ascii.bytes(String.join("\r\n", lines) + "\r\n\r\n"));
        assertThat(head.scan(in, 8192)).as("refusal %s", head.refusal()).isEqualTo(Head.State.COMPLETE);
        HeadWriter writer = new HeadWriter();
        Rewriting.request(head, headers(forwarded), stickyCookie, false, writer);
        return text(writer);
    }

    private static ForwardedHeaders.OfConnection headers(ForwardedPlan forwarded) {
        return headers(forwarded, ListenerProtocol.HTTP, 80, LOCAL);
    }

    private static ForwardedHeaders.OfConnection headers(
            ForwardedPlan forwarded, ListenerProtocol protocol, int port, InetSocketAddress local) {
        return ForwardedHeaders.of(new ListenerPlan(
                        DocumentId.listener("shop", "web"),
                        DocumentId.loadBalancer("shop", "shop"),
                        new FrontendPlan(protocol, port, 10001, null),
                        new RoutingPlan(new Action.Unavailable("x"), List.of()),
                        new TimeoutsPlan(1, 1, 1, 1, null),
                        new DrainPlan(0, false),
                        new HttpPlan(0, 8192, 8192, forwarded, false, null)))
                .of(Endpoints.of(CLIENT, local), null);
    }

    private static String response(Rewriting.Connection connection, String... lines) {
        ResponseHead head = new ResponseHead();
        String text = String.join("\r\n", lines) + "\r\n\r\n";
        ByteBuf in = Unpooled.wrappedBuffer(Ascii.bytes(text));
        assertThat(head.scan(in, 8192)).as("refusal %s", head.refusal()).isEqualTo(Head.State.COMPLETE);
        HeadWriter writer = new HeadWriter();
        return Rewriting.response(head, connection, writer) ? text(writer) : text;
    }

    private static String text(HeadWriter writer) {
        ByteBuf out = writer.copy(ByteBufAllocator.DEFAULT, 0);
        try {
            return out.toString(StandardCharsets.ISO_8859_1);
        } finally {
            out.release();
        }
    }

    private static String lines(String... lines) {
        return String.join("\r\n", lines) + "\r\n\r\n";
    }

    @Test
    void whatIsOfNoConcernPassesByteByByte() {
        String[] lines = {"GET //a/../b?%7e=%7E HTTP/1.1", "hOsT:  a.com ", "Accept:*/*", "X: \t", "X: 2", "Cookie: a=b"
        };

        assertThat(request(SILENT, lines)).isEqualTo(lines(lines));
    }

    @Test
    void whatIsMeantForOneConnectionStaysHere() {
        assertThat(request(
                        SILENT,
                        "GET / HTTP/1.1",
                        "Connection: keep-alive, X-One",
                        "Host: a",
                        "x-one: 1",
                        "Keep-Alive: 5",
                        "Proxy-Connection: keep-alive",
                        "TE: gzip",
                        "Upgrade: websocket",
                        "HTTP2-Settings: x",
                        "X-Two: 2"))
                .isEqualTo(lines("GET / HTTP/1.1", "Host: a", "X-Two: 2"));
    }

    @Test
    void cookiesPassButForPrefixesOfOurs() {
        String prefix = "AAAAAAAAAAAAAAAAAAA-_9~";
        byte[] name = Ascii.bytes("SID");
        assertThat(request(
                        SILENT,
                        name,
                        "GET / HTTP/1.1",
                        "Host: a",
                        "cookie:a=" + prefix + "1;SID=" + prefix + "2 ; SID=3",
                        "X: 1",
                        "Cookie: SID=\"" + prefix + "4\"; SID=" + prefix))
                .isEqualTo(lines(
                        "GET / HTTP/1.1",
                        "Host: a",
                        "cookie:a=" + prefix + "1;SID=2 ; SID=3",
                        "X: 1",
                        "Cookie: SID=\"4\"; SID="));
        assertThat(request(SILENT, name, "GET / HTTP/1.1", "Host: a", "Connection: Cookie", "Cookie: SID=1"))
                .isEqualTo(lines("GET / HTTP/1.1", "Host: a"));
    }

    @Test
    void upgradesPass() {
        assertThat(request(
                        SILENT, "GET / HTTP/1.1", "Host: a", "Connection: keep-alive, Upgrade", "Upgrade: websocket"))
                .isEqualTo(lines("GET / HTTP/1.1", "Host: a", "Upgrade: websocket", "Connection: Upgrade"));
    }

    @Test
    void trailersMayBeTaken() {
        assertThat(request(SILENT, "GET / HTTP/1.1", "Host: a", "TE: trailers", "Connection: TE"))
                .isEqualTo(lines("GET / HTTP/1.1", "Host: a", "TE: trailers", "Connection: TE"));
    }

    @Test
    void ofWhatMayBeTakenOnlyTrailersPass() {
        assertThat(request(SILENT, "GET / HTTP/1.1", "Host: a", "TE: gzip;q=0.5, Trailers", "Connection: TE"))
                .isEqualTo(lines("GET / HTTP/1.1", "Host: a", "TE: trailers", "Connection: TE"));
        assertThat(request(SILENT, "GET / HTTP/1.1", "TE: trailers", "Host: a", "te: gzip", "TE: trailers"))
                .isEqualTo(lines("GET / HTTP/1.1", "Host: a", "TE: trailers", "Connection: TE"));
    }

    @Test
    void anUpgradeThatIsDeclinedIsNotOffered() {
        assertThat(request(
                        SILENT,
                        "GET / HTTP/1.1",
                        "Host: a",
                        "Connection: Upgrade, HTTP2-Settings",
                        "Upgrade: websocket",
                        "Upgrade: foo, h2c",
                        "HTTP2-Settings: x"))
                .isEqualTo(lines("GET / HTTP/1.1", "Host: a"));
    }

    @Test
    void aLengthIsPassedOnInOneSpelling() {
        assertThat(request(SILENT, "POST / HTTP/1.1", "Host: a", "Content-Length: 0010"))
                .isEqualTo(lines("POST / HTTP/1.1", "Host: a", "Content-Length: 10"));
    }

    @Test
    void lookalikesOfOurHeadersAreRemoved() {
        assertThat(request(APPEND, "GET / HTTP/1.1", "Host: a", "X_Forwarded_For: 1", "Content_Length: 1", "A_B: 1"))
                .isEqualTo(lines(
                        "GET / HTTP/1.1",
                        "Host: a",
                        "A_B: 1",
                        "X-Forwarded-For: 192.0.2.7",
                        "X-Forwarded-Proto: http"));
    }

    @Test
    void whatIsOursOrWouldBecomeAVariableOfServersIsNobodyElses() {
        assertThat(request(
                        SILENT,
                        "GET / HTTP/1.1",
                        "Host: a",
                        "SLB-ID: 1",
                        "slb-ip: 1",
                        "SLB-Reason: x",
                        "SLB-Whatever: x",
                        "slb_id: 1",
                        "Proxy: http://evil",
                        "SLBX: stays",
                        "Proxy-Status: stays",
                        "Proxy-Authorization: stays"))
                .isEqualTo(lines(
                        "GET / HTTP/1.1",
                        "Host: a",
                        "SLBX: stays",
                        "Proxy-Status: stays",
                        "Proxy-Authorization: stays"));
        ForwardedPlan trusting =
                new ForwardedPlan(XForwardedFor.NONE, List.of("0.0.0.0/0"), false, false, false, null, false, false);
        assertThat(request(trusting, "GET / HTTP/1.1", "SLB-ID: 1", "Proxy: x", "Host: a"))
                .isEqualTo(lines("GET / HTTP/1.1", "Host: a"));
    }

    @Test
    void answersOfAnotherLoadBalancerKeepWhatItSays() {
        assertThat(response(Rewriting.Connection.UNSAID, "HTTP/1.1 503 No", "SLB-Reason: NoServers", "Proxy: x"))
                .isEqualTo(lines("HTTP/1.1 503 No", "SLB-Reason: NoServers", "Proxy: x"));
    }

    @Test
    void framingIsWrittenInTheOneWayThatAllReadAlike() {
        assertThat(request(SILENT, "POST / HTTP/1.1", "Host: a", "Content-Length:\t 5 "))
                .isEqualTo(lines("POST / HTTP/1.1", "Host: a", "Content-Length: 5"));
        assertThat(request(SILENT, "POST / HTTP/1.1", "Host: a", "Transfer-Encoding: \tChunked\t"))
                .isEqualTo(lines("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked"));
    }

    @Test
    void anAbsoluteTargetBecomesAPathAndItsHostTheHost() {
        assertThat(request(SILENT, "GET http://a.com:81/x?y HTTP/1.1", "A: 1", "Host: other", "B: 2"))
                .isEqualTo(lines("GET /x?y HTTP/1.1", "Host: a.com:81", "A: 1", "B: 2"));
        assertThat(request(SILENT, "GET http://a.com?y HTTP/1.1", "Host: other"))
                .isEqualTo(lines("GET /?y HTTP/1.1", "Host: a.com"));
        assertThat(request(SILENT, "OPTIONS http://a.com HTTP/1.1", "Host: other"))
                .isEqualTo(lines("OPTIONS * HTTP/1.1", "Host: a.com"));
    }

    @Test
    void clientsOfHttp10AreForwardedInOurVersion() {
        assertThat(request(
                        SILENT,
                        "GET / HTTP/1.0",
                        "Host: a",
                        "Expect: 100-continue",
                        "TE: trailers",
                        "Upgrade: x",
                        "Connection: Upgrade"))
                .isEqualTo(lines("GET / HTTP/1.1", "Host: a"));
        assertThat(request(SILENT, "GET http://b.com HTTP/1.0", "X: y"))
                .isEqualTo(lines("GET / HTTP/1.1", "Host: b.com", "X: y"));
    }

    /** Which servers of HTTP/1.1 demand: the client has named it in no other way than by connecting to it. */
    @Test
    void aClientOfHttp10ThatNamesNoHostMeansTheAddressOfTheListener() {
        assertThat(request(SILENT, "GET / HTTP/1.0", "X: y"))
                .isEqualTo(lines("GET / HTTP/1.1", "Host: 198.51.100.1", "X: y"));
        String bare = "GET / HTTP/1.0\r\n\r\n";
        assertThat(hostOf(bare, ListenerProtocol.HTTP, 8080, "198.51.100.1")).isEqualTo("198.51.100.1:8080");
        assertThat(hostOf(bare, ListenerProtocol.HTTPS, 443, "2001:db8::1")).isEqualTo("[2001:db8::1]");
        assertThat(hostOf(bare, ListenerProtocol.HTTPS, 80, "2001:db8::1")).isEqualTo("[2001:db8::1]:80");
    }

    private static String hostOf(String request, ListenerProtocol protocol, int port, String local) {
        RequestHead head = new RequestHead();
        head.scan(Unpooled.wrappedBuffer(Ascii.bytes(request)), 8192);
        HeadWriter writer = new HeadWriter();
        Rewriting.request(
                head, headers(SILENT, protocol, port, new InetSocketAddress(local, 10001)), null, false, writer);
        head.scan(Unpooled.wrappedBuffer(Ascii.bytes(text(writer))), 8192);
        return head.values(HeaderName.HOST);
    }

    @Test
    void allThatServersCanBeTold() {
        ForwardedPlan all =
                new ForwardedPlan(XForwardedFor.APPEND, List.of(), true, true, true, "shop/shop", true, false);

        assertThat(request(
                        all,
                        "GET / HTTP/1.1",
                        "Host: a",
                        "X-Forwarded-Proto: https",
                        "x-forwarded-port: 1",
                        "X-Forwarded-Client-srcport: 2",
                        "SLB-ID: 3",
                        "SLB-IP: 4",
                        "X-Forwarded-Host: b"))
                .isEqualTo(lines(
                        "GET / HTTP/1.1",
                        "Host: a",
                        "X-Forwarded-Host: b",
                        "X-Forwarded-For: 192.0.2.7",
                        "X-Forwarded-Proto: http",
                        "X-Forwarded-Port: 80",
                        "X-Forwarded-Client-srcport: 40001",
                        "SLB-ID: shop/shop",
                        "SLB-IP: 198.51.100.1"));
    }

    @ParameterizedTest
    @CsvSource({
        "APPEND, '', '1.1.1.1, 2.2.2.2, 192.0.2.7'",
        "APPEND, 192.0.2.0/24, '1.1.1.1, 2.2.2.2, 192.0.2.7'",
        "APPEND, 192.0.2.7, '1.1.1.1, 2.2.2.2, 192.0.2.7'",
        "APPEND, 10.0.0.0/8, 192.0.2.7",
        "APPEND, 2001:db8::/32, 192.0.2.7",
        "REPLACE, '', 192.0.2.7",
        "REPLACE, 192.0.2.0/24, 192.0.2.7",
    })
    void theClientsAddressIsAppendedOrReplacesOthers(XForwardedFor mode, String trusted, String value) {
        ForwardedPlan plan = new ForwardedPlan(
                mode, trusted.isEmpty() ? List.of() : List.of(trusted), false, false, false, null, false, false);

        assertThat(request(plan, "GET / HTTP/1.1", "X-Forwarded-For: 1.1.1.1", "Host: a", "x-forwarded-for: 2.2.2.2"))
                .isEqualTo(lines("GET / HTTP/1.1", "Host: a", "X-Forwarded-For: " + value));
    }

    @Test
    void peersThatAreNotTrustedAreNotBelieved() {
        ForwardedPlan plan =
                new ForwardedPlan(XForwardedFor.NONE, List.of("10.0.0.0/8"), false, false, false, null, false, false);

        assertThat(request(
                        plan,
                        "GET / HTTP/1.1",
                        "Host: a",
                        "X-Forwarded-For: 1.1.1.1",
                        "X-Forwarded-Host: b",
                        "Forwarded: for=1.1.1.1",
                        "X-Forwarded-Anything: x"))
                .isEqualTo(lines("GET / HTTP/1.1", "Host: a"));
    }

    @Test
    void aTrustedPeerKnowsBetterHowTheClientCame() {
        ForwardedPlan plan =
                new ForwardedPlan(XForwardedFor.APPEND, List.of("192.0.2.0/24"), true, true, false, null, false, false);

        assertThat(request(plan, "GET / HTTP/1.1", "Host: a", "X-Forwarded-Proto: https"))
                .isEqualTo(lines(
                        "GET / HTTP/1.1",
                        "Host: a",
                        "X-Forwarded-Proto: https",
                        "X-Forwarded-For: 192.0.2.7",
                        "X-Forwarded-Port: 80"));
    }

    @Test
    void anAnswerPassesAsItIsWhenNothingInItIsForUs() {
        String[] lines = {"HTTP/1.1 200 OK", "Server: x", "Content-Length: 5", "Set-Cookie: a=b"};

        assertThat(response(Rewriting.Connection.UNSAID, lines)).isEqualTo(lines(lines));
    }

    @Test
    void whatAServerSaysOfItsConnectionStaysHere() {
        assertThat(response(
                        Rewriting.Connection.CLOSE,
                        "HTTP/1.0 200 OK",
                        "Connection: keep-alive, X-One",
                        "Keep-Alive: timeout=5",
                        "X-One: 1",
                        "Upgrade: h2c",
                        "Content-Length: 5"))
                .isEqualTo(lines("HTTP/1.1 200 OK", "Content-Length: 5", "Connection: close"));
    }

    @Test
    void anAnswerThatSwitchesProtocolsSaysSo() {
        String[] lines = {"HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket"};

        assertThat(response(Rewriting.Connection.UNSAID, lines)).isEqualTo(lines(lines));
    }

    @Test
    void aBodilessAnswerHasNoLength() {
        assertThat(response(Rewriting.Connection.UNSAID, "HTTP/1.1 204 No Content", "Content-Length: 0", "A: b"))
                .isEqualTo(lines("HTTP/1.1 204 No Content", "A: b"));
    }

    @Test
    void aNewHeadTakesThePlaceOfTheOldOneWhereItFits() {
        HeadWriter writer = new HeadWriter();
        writer.write(Ascii.bytes("NEW HEAD"));

        ByteBuf body = buffer("THE OLD HEAD", "body", 100);
        assertThat(writer.replace(body, 12)).as("in front of the body").isTrue();
        assertThat(body.toString(StandardCharsets.US_ASCII)).isEqualTo("NEW HEADbody");

        ByteBuf alone = buffer("HEAD", "", 100);
        assertThat(writer.replace(alone, 4)).as("where nothing follows").isTrue();
        assertThat(alone.toString(StandardCharsets.US_ASCII)).isEqualTo("NEW HEAD");

        assertThat(writer.replace(buffer("HEAD", "body", 100), 4))
                .as("over the body")
                .isFalse();
        assertThat(writer.replace(buffer("HEAD", "", 4), 4)).as("without room").isFalse();
        ByteBuf shared = buffer("HEAD", "", 100).retain();
        assertThat(writer.replace(shared, 4)).as("with a second owner").isFalse();
    }

    private static ByteBuf buffer(String head, String body, int capacity) {
        return Unpooled.buffer(capacity, capacity).writeBytes(Ascii.bytes(head + body));
    }
}
