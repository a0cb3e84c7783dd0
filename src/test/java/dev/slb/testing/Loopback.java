package dev.slb.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Addresses, ports and client sockets on this machine. */
public final class Loopback {

    public static final String ADDRESS = "127.0.0.1";

    private Loopback() {}

    /** A port that nobody has bound now. */
    public static int freePort() {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(ADDRESS, 0));
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A connection whose reads give up after 20 seconds. */
    public static Socket connect(int port) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(20_000);
        socket.setTcpNoDelay(true);
        try {
            socket.connect(new InetSocketAddress(InetAddress.getByName(ADDRESS), port), 20_000);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }
}
