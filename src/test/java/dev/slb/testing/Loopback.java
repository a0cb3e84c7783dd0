package dev.slb.testing;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Addresses, ports and client sockets on this machine. */
public final class Loopback {

    public static final String ADDRESS = "127.0.0.1";

    private static final int FIRST_PORT = 16_000;
    private static final int PORTS = 16_000;
    private static final int PORTS_OF_A_PROCESS = 500;

    /** The one thing that all tests of this process share: which ports were given away. */
    private static final AtomicInteger NEXT =
            new AtomicInteger((int) (ProcessHandle.current().pid() * PORTS_OF_A_PROCESS % PORTS));

    private Loopback() {}

    /**
     * A port that nobody has bound, and that nobody else is given: below the range from which the kernel takes those of
     * outgoing connections, and another one each time (16,000 times; test processes beside each other begin at different
     * places). One that was only seen to be free may be gone a moment later.
     */
    public static int freePort() {
        for (int i = 0; i < PORTS; i++) {
            int port = FIRST_PORT + Math.floorMod(NEXT.getAndIncrement(), PORTS);
            if (isFree(port)) {
                return port;
            }
        }
        throw new IllegalStateException("all of 16,000 ports are in use");
    }

    private static boolean isFree(int port) {
        InetSocketAddress address = new InetSocketAddress(ADDRESS, port);
        try (ServerSocket tcp = new ServerSocket();
                DatagramSocket udp = new DatagramSocket(null)) {
            tcp.setReuseAddress(true);
            tcp.bind(address);
            udp.bind(address);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** A connection whose reads give up after 20 seconds. */
    public static Socket connect(int port) throws IOException {
        return connectFrom(ADDRESS, port);
    }

    /** One of another client: on Linux all of 127.0.0.0/8 is this machine. */
    public static Socket connectFrom(String address, int port) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(20_000);
        socket.setTcpNoDelay(true);
        try {
            if (!address.equals(ADDRESS)) {
                socket.bind(new InetSocketAddress(address, 0));
            }
            socket.connect(new InetSocketAddress(InetAddress.getByName(ADDRESS), port), 20_000);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** The other end breaks the connection, having sent no more. */
    public static void assertReset(Socket connection) {
        assertThatThrownBy(() -> connection.getInputStream().read())
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
    }
}
