package dev.slb.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A server on loopback with a thread per connection. It keeps its port while it is stopped and started again. */
public final class TcpServer implements AutoCloseable {

    /** What the server does on a connection; it is closed afterwards. */
    public interface Behaviour {
        void serve(Socket connection) throws IOException;
    }

    private final Behaviour behaviour;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();
    private final String address;
    private final int port;
    private volatile ServerSocket listening;
    private volatile Thread accepting;

    private TcpServer(String address, Behaviour behaviour) {
        this.address = address;
        this.behaviour = behaviour;
        this.port = listen(Loopback.freePort()); // which stays its own while it does not listen
    }

    public static TcpServer start(Behaviour behaviour) {
        return new TcpServer(Loopback.ADDRESS, behaviour);
    }

    /** Greets each connection with one line, its name, and then sends back whatever comes. */
    public static TcpServer echo(String name) {
        return echoAt(Loopback.ADDRESS, name);
    }

    /** One at this address. */
    public static TcpServer echoAt(String address, String name) {
        return new TcpServer(address, connection -> {
            OutputStream out = connection.getOutputStream();
            out.write((name + "\n").getBytes(StandardCharsets.UTF_8));
            connection.getInputStream().transferTo(out);
            connection.shutdownOutput();
        });
    }

    private int listen(int wanted) {
        try {
            ServerSocket socket = new ServerSocket();
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(address, wanted), 1024);
            listening = socket;
            Thread thread = new Thread(() -> accept(socket), "tcp-server-" + socket.getLocalPort());
            thread.setDaemon(true);
            accepting = thread;
            thread.start();
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept(ServerSocket socket) {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                accepted.incrementAndGet();
                connections.add(connection);
                Thread thread = new Thread(() -> serve(connection), "tcp-connection-" + port);
                thread.setDaemon(true);
                thread.start();
            } catch (IOException e) {
                // closed by stop(), or the client has gone already
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setTcpNoDelay(true);
            behaviour.serve(connection);
        } catch (IOException e) {
            // the other side has gone: for tests to see on their own socket
        } finally {
            connections.remove(connection);
        }
    }

    public int port() {
        return port;
    }

    /** Connections accepted so far, probes included. */
    public int accepted() {
        return accepted.get();
    }

    /** Connections open now. */
    public int open() {
        return connections.size();
    }

    /** Refuses new connections from now on; those that are there go on. */
    public void stopListening() {
        try {
            listening.close();
            accepting.join(20_000); // the kernel refuses once nobody waits in accept any more
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Takes connections again, at the same port. */
    public void listenAgain() {
        listen(port);
    }

    @Override
    public void close() {
        stopListening();
        for (Socket connection : connections) {
            try {
                connection.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
