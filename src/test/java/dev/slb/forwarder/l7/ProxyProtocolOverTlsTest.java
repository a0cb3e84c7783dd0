package dev.slb.forwarder.l7;

import dev.slb.forwarder.limits.LimitReasons;
import dev.slb.forwarder.tls.TlsProvider;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.ProxyProtocolPlan;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Loopback;
import dev.slb.testing.Pki;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import io.netty.pkitesting.X509Bundle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The header of the PROXY protocol stands before TLS, on both sides. */
@Sockets
class ProxyProtocolOverTlsTest {

    private HttpEdge edge;

    @BeforeEach
    void start() {
        edge = HttpEdge.https(TlsProvider.AUTO);
    }

    @AfterEach
    void close() throws Exception {
        edge.close();
    }

    private HttpClientSocket client(String header) throws IOException {
        Socket plain = edge.closing(Loopback.connect(edge.port()));
        plain.getOutputStream().write(header.getBytes(StandardCharsets.US_ASCII));
        SSLContext context = Pki.trusting(TestTls.AUTHORITY);
        SSLSocket socket = edge.closing(
                (SSLSocket) context.getSocketFactory().createSocket(plain, Loopback.ADDRESS, edge.port(), true));
        socket.startHandshake();
        return HttpClientSocket.on(socket);
    }

    @Test
    void aListenerReadsTheHeaderBeforeTheHandshake() throws IOException {
        HttpServer server = edge.server(request -> HttpServer.ok("hello"));
        edge.forwardTo(
                listener -> listener.acceptProxy("127.0.0.1").deny("192.0.2.66").bandwidth(80_000_000), server.port());
        HttpClientSocket client = client("PROXY TCP4 192.0.2.1 198.51.100.2 1234 443\r\n");
        assertThat(client.get("/").text()).isEqualTo("hello");
        assertThat(client.get("/").text()).isEqualTo("hello");
        assertThat(server.lastRequest().header("X-Forwarded-For")).isEqualTo("192.0.2.1");

        assertThatThrownBy(() -> client("")).isInstanceOf(IOException.class);
        await(() -> edge.forwarder().refusals(LimitReasons.INVALID_PROXY_HEADER) == 1);
        assertThatThrownBy(() -> client("PROXY TCP4 192.0.2.66 198.51.100.2 1234 443\r\n"))
                .isInstanceOf(IOException.class);
        await(() -> edge.forwarder().refusals(LimitReasons.ACCESS_DENIED) == 1);
    }

    @Test
    void aServerGetsTheHeaderBeforeTheHandshake() throws Exception {
        X509Bundle authority = TestTls.AUTHORITY;
        SSLContext context = Pki.context(TestTls.DEFAULT, authority);
        List<String> headers = new CopyOnWriteArrayList<>();
        TcpServer server = edge.closing(TcpServer.start(connection -> {
            StringBuilder header = new StringBuilder();
            while (header.indexOf("\n") < 0) {
                header.append((char) connection.getInputStream().read());
            }
            headers.add(header.toString());
            SSLSocket socket = (SSLSocket)
                    context.getSocketFactory().createSocket(connection, Loopback.ADDRESS, connection.getPort(), false);
            socket.setUseClientMode(false);
            while (HttpMessage.read(socket.getInputStream(), true, false) != null) {
                socket.getOutputStream().write(HttpServer.ok("hello"));
            }
        }));
        BackendPlan backend = new BackendPlan(
                BackendPlan.Protocol.HTTPS, new BackendPlan.Tls(authority.getCertificatePathPEM(), Loopback.ADDRESS));
        edge.forwardTo(
                listener -> listener.sendProxy(ProxyProtocolPlan.Version.V1).backend(backend), server.port());
        HttpClientSocket client = edge.client();
        assertThat(client.get("/").text()).isEqualTo("hello");
        assertThat(headers)
                .containsExactly("PROXY TCP4 127.0.0.1 127.0.0.1 "
                        + client.socket().getLocalPort() + " " + edge.port() + "\r\n");
    }

    @Test
    void aListenerThatIsNotToldToReadsNoHeader() throws IOException {
        edge.serveHello();
        assertThatThrownBy(() -> client("PROXY TCP4 192.0.2.1 198.51.100.2 1234 443\r\n"))
                .isInstanceOf(IOException.class);
    }
}
