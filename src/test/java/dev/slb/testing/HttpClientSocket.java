package dev.slb.testing;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/** A client's connection that sends exactly what it is told, and reads answers of HTTP/1. */
public final class HttpClientSocket implements AutoCloseable {

    private final Socket socket;
    private final InputStream in;

    private HttpClientSocket(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
    }

    public static HttpClientSocket connect(int port) throws IOException {
        return new HttpClientSocket(Loopback.connect(port));
    }

    /** Speaks over this connection. */
    public static HttpClientSocket on(Socket socket) throws IOException {
        return new HttpClientSocket(socket);
    }

    public HttpClientSocket send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    public HttpClientSocket send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    /** The next answer, interim ones included. */
    public HttpMessage read() throws IOException {
        return HttpMessage.read(in, false, false);
    }

    /** The next answer, to a HEAD request. */
    public HttpMessage readHead() throws IOException {
        return HttpMessage.read(in, false, true);
    }

    /** {@code GET} with this host on this connection. */
    public HttpMessage get(String host, String target) throws IOException {
        return send("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n").read();
    }

    public HttpMessage get(String target) throws IOException {
        return get("test", target);
    }

    /** What still comes until the other side ends; a reset counts as an end. */
    public byte[] readToEnd() throws IOException {
        java.io.ByteArrayOutputStream rest = new java.io.ByteArrayOutputStream();
        try {
            in.transferTo(rest);
        } catch (SocketException e) {
            // reset
        }
        return rest.toByteArray();
    }

    /** Whether the other side ends without sending anything more. */
    public boolean isEnded() throws IOException {
        return readToEnd().length == 0;
    }

    public InputStream in() {
        return in;
    }

    public Socket socket() {
        return socket;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
