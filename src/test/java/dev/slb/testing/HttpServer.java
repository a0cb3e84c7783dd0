package dev.slb.testing;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server of HTTP/1.1 with keep-alive that remembers all requests. */
public final class HttpServer implements AutoCloseable {

    /** How the server answers. */
    public interface Answer {
        /** The whole answer as it goes out; null closes the connection. */
        byte[] to(HttpMessage request) throws IOException;
    }

    private final TcpServer server;
    private final List<HttpMessage> requests = new CopyOnWriteArrayList<>();

    private HttpServer(Answer answer, SSLContext tls) {
        server = TcpServer.start(connection -> serve(tls == null ? connection : secure(tls, connection), answer));
    }

    public static HttpServer start(Answer answer) {
        return new HttpServer(answer, null);
    }

    /** One of HTTPS. */
    public static HttpServer startTls(SSLContext tls, Answer answer) {
        return new HttpServer(answer, tls);
    }

    private static Socket secure(SSLContext tls, Socket connection) throws IOException {
        SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(connection, null, true);
        socket.setUseClientMode(false);
        return socket;
    }

    /** Answers every request with its name. */
    public static HttpServer named(String name) {
        return start(request -> ok(name));
    }

    public static byte[] ok(String body) {
        return raw("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    }

    public static byte[] raw(String answer) {
        return answer.getBytes(StandardCharsets.ISO_8859_1);
    }

    private void serve(Socket connection, Answer answer) throws IOException {
        try (connection) {
            serveOn(connection, answer);
        }
    }

    private void serveOn(Socket connection, Answer answer) throws IOException {
        InputStream in = new BufferedInputStream(connection.getInputStream());
        OutputStream out = connection.getOutputStream();
        HttpMessage request;
        while ((request = HttpMessage.read(in, true, false)) != null) {
            requests.add(request);
            byte[] bytes = answer.to(request);
            if (bytes == null) {
                return;
            }
            out.write(request.method().equals("HEAD") ? headOf(bytes) : bytes);
        }
    }

    private static byte[] headOf(byte[] answer) {
        String text = new String(answer, StandardCharsets.ISO_8859_1);
        return raw(text.substring(0, text.indexOf("\r\n\r\n") + 4));
    }

    public int port() {
        return server.port();
    }

    /** All requests so far, in the order of their ends. */
    public List<HttpMessage> requests() {
        return requests;
    }

    public HttpMessage lastRequest() {
        return requests.get(requests.size() - 1);
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
