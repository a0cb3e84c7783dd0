package dev.slb.testing;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;

/** A UDP server on loopback with a thread: what it received can be looked at, and its behaviour says what it answers. */
public final class UdpServer implements AutoCloseable {

    /** What to answer; null: nothing. */
    public interface Behaviour {
        byte[] answer(byte[] datagram);
    }

    private final Behaviour behaviour;
    private final InetSocketAddress address;
    private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
    private final Set<SocketAddress> peers = ConcurrentHashMap.newKeySet();
    private DatagramSocket socket;

    private UdpServer(InetSocketAddress address, Behaviour behaviour) {
        this.address = address;
        this.behaviour = behaviour;
    }

    public static UdpServer start(Behaviour behaviour) {
        return start(Loopback.ADDRESS, behaviour);
    }

    public static UdpServer start(String address, Behaviour behaviour) {
        return start(address, Loopback.freePort(), behaviour);
    }

    /** @throws IllegalStateException when the port is not free */
    public static UdpServer start(String address, int port, Behaviour behaviour) {
        try {
            UdpServer server = new UdpServer(new InetSocketAddress(InetAddress.getByName(address), port), behaviour);
            server.listen();
            return server;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Answers what it gets after its name and a colon. */
    public static UdpServer echo(String name) {
        return start(named(name));
    }

    public static Behaviour named(String name) {
        byte[] prefix = (name + ":").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        return datagram -> {
            byte[] answer = Arrays.copyOf(prefix, prefix.length + datagram.length);
            System.arraycopy(datagram, 0, answer, prefix.length, datagram.length);
            return answer;
        };
    }

    public int port() {
        return address.getPort();
    }

    /** What came, in this order. */
    public BlockingQueue<byte[]> received() {
        return received;
    }

    /** Who sent something. */
    public Set<SocketAddress> peers() {
        return peers;
    }

    /** From now on nobody listens on the port. */
    public synchronized void stopListening() {
        socket.close();
    }

    public synchronized void listenAgain() {
        try {
            listen();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void listen() throws IOException {
        DatagramSocket bound = new DatagramSocket(address);
        bound.setReceiveBufferSize(1024 * 1024);
        socket = bound;
        Thread thread = new Thread(() -> serve(bound), "udp-server-" + address.getPort());
        thread.setDaemon(true);
        thread.start();
    }

    private void serve(DatagramSocket on) {
        byte[] buffer = new byte[65_536];
        while (!on.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                on.receive(packet);
                byte[] datagram = Arrays.copyOf(buffer, packet.getLength());
                received.add(datagram);
                peers.add(packet.getSocketAddress());
                byte[] answer = behaviour.answer(datagram);
                if (answer != null) {
                    on.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                }
            } catch (IOException e) {
                // closed, or the other end is gone
            }
        }
    }

    @Override
    public synchronized void close() {
        socket.close();
    }
}
