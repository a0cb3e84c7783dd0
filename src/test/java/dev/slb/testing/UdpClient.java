package dev.slb.testing;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A UDP client with a port of its own, connected: only answers from where it sends to reach it. */
public final class UdpClient implements AutoCloseable {

    private final DatagramSocket socket;
    private int questions;

    private UdpClient(DatagramSocket socket) {
        this.socket = socket;
    }

    public static UdpClient of(int port) throws IOException {
        return of(Loopback.ADDRESS, port);
    }

    public static UdpClient of(String address, int port) throws IOException {
        DatagramSocket socket = new DatagramSocket(0, InetAddress.getByName(address));
        socket.connect(InetAddress.getByName(address), port);
        return new UdpClient(socket);
    }

    public int port() {
        return socket.getLocalPort();
    }

    public void send(String text) throws IOException {
        send(text.getBytes(StandardCharsets.UTF_8));
    }

    public void send(byte[] datagram) throws IOException {
        if (datagram.length > 0) {
            socket.send(new DatagramPacket(datagram, datagram.length));
            return;
        }
        socket.setReuseAddress(true); // over one that is connected the JDK sends nothing
        try (DatagramSocket other = new DatagramSocket(null)) {
            other.setReuseAddress(true);
            other.bind(socket.getLocalSocketAddress());
            other.send(new DatagramPacket(datagram, 0, socket.getRemoteSocketAddress()));
        }
    }

    /** The next datagram, null when none comes in so many milliseconds. */
    public byte[] receive(int millis) throws IOException {
        socket.setSoTimeout(millis);
        DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
        try {
            socket.receive(packet);
            return Arrays.copyOf(packet.getData(), packet.getLength());
        } catch (SocketTimeoutException e) {
            return null;
        }
    }

    /** What comes back for this, within 20 seconds; sent once. */
    public String ask(String text) throws IOException {
        send(text);
        byte[] answer = receive(20_000);
        if (answer == null) {
            throw new IOException("no answer to " + text);
        }
        return new String(answer, StandardCharsets.UTF_8);
    }

    /** The name of the server that answers; answers to questions of before are passed over. */
    public String server() throws IOException {
        String question = "hello " + ++questions;
        for (String answer = ask(question); ; answer = new String(receive(20_000), StandardCharsets.UTF_8)) {
            if (answer.endsWith(":" + question)) {
                return answer.split(":")[0];
            }
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
