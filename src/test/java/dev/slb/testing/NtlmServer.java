package dev.slb.testing;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server that logs in connections, as NTLM does: {@code 401}, then {@code TYPE1} gets a challenge of this connection's
 * own, then {@code TYPE3} with that challenge and a name logs the connection in. From then on each request on it is that
 * user's. {@code /public} needs no login, {@code /close} ends the connection after its answer.
 */
public final class NtlmServer implements AutoCloseable {

    private final String name;
    private final String scheme;
    private final String otherChallenges;
    private final TcpServer server;
    private final AtomicInteger challenges = new AtomicInteger();
    private final List<HttpMessage> requests = new CopyOnWriteArrayList<>();

    private NtlmServer(String name, String scheme, String otherChallenges) {
        this.name = name;
        this.scheme = scheme;
        this.otherChallenges = otherChallenges;
        this.server = TcpServer.start(this::serve);
    }

    public static NtlmServer start(String name) {
        return start(name, "NTLM", "");
    }

    /** @param otherChallenges header lines that a 401 has as well, each with its end */
    public static NtlmServer start(String name, String scheme, String otherChallenges) {
        return new NtlmServer(name, scheme, otherChallenges);
    }

    private void serve(Socket connection) throws IOException {
        InputStream in = new BufferedInputStream(connection.getInputStream());
        String user = null;
        String challenge = null;
        for (HttpMessage request; (request = HttpMessage.read(in, true, false)) != null; ) {
            requests.add(request);
            String login = request.header("Authorization");
            String token = login != null && login.startsWith(scheme + " ") ? login.substring(scheme.length() + 1) : "";
            boolean good = challenge != null && token.startsWith("TYPE3-" + challenge + "-");
            String answer;
            if (good) {
                user = token.substring(token.lastIndexOf('-') + 1);
                challenge = null;
                answer = ok(user);
            } else if (token.equals("TYPE1")) {
                challenge = name + "." + challenges.incrementAndGet();
                answer = unauthorized(scheme + " " + challenge, "");
            } else if (token.isEmpty() && (user != null || request.target().equals("/public"))) {
                answer = ok(user);
            } else {
                user = null;
                challenge = null;
                answer = unauthorized(scheme, otherChallenges);
            }
            connection.getOutputStream().write(HttpServer.raw(answer));
            if (request.target().equals("/close")) {
                return;
            }
        }
    }

    private String ok(String user) {
        String body = name + " " + (user == null ? "nobody" : user);
        return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private static String unauthorized(String challenge, String others) {
        return "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: " + challenge + "\r\n" + others
                + "Content-Length: 0\r\n\r\n";
    }

    /** What a client does for its login on a connection of its own; gives the last answer. */
    public static HttpMessage logIn(HttpClientSocket client, String scheme, String user) throws IOException {
        send(client, "/", scheme, "TYPE1");
        String challenge = client.read().header("WWW-Authenticate");
        if (challenge == null || !challenge.startsWith(scheme + " ")) {
            throw new IOException("no challenge but " + challenge);
        }
        send(client, "/", scheme, "TYPE3-" + challenge.substring(scheme.length() + 1) + "-" + user);
        return client.read();
    }

    public static HttpMessage logIn(HttpClientSocket client, String user) throws IOException {
        return logIn(client, "NTLM", user);
    }

    /** A request that carries a part of a login. */
    public static void send(HttpClientSocket client, String path, String scheme, String token) throws IOException {
        client.send("GET " + path + " HTTP/1.1\r\nHost: test\r\nAuthorization: " + scheme + " " + token + "\r\n\r\n");
    }

    public int port() {
        return server.port();
    }

    /** All requests so far. */
    public List<HttpMessage> requests() {
        return requests;
    }

    /** The connections below. */
    public TcpServer connections() {
        return server;
    }

    @Override
    public void close() {
        server.close();
    }
}
