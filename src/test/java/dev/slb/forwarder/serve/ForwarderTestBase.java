package dev.slb.forwarder.serve;

import dev.slb.forwarder.transport.TransportKind;
import dev.slb.testing.Loopback;
import dev.slb.testing.Opened;
import dev.slb.testing.RunningForwarder;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.AutoClose;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.util.Map;
import java.util.TreeMap;

/** A forwarder with two event loops on the best transport, and servers that greet with their names. */
@Sockets
public abstract class ForwarderTestBase {

    @AutoClose
    private final Opened opened = new Opened();

    final RunningForwarder forwarder = opened.add(RunningForwarder.start(TransportKind.AUTO));
    final int port = Loopback.freePort();

    <T extends AutoCloseable> T opened(T closeable) {
        return opened.add(closeable);
    }

    /** A server that greets with its name and then echoes. */
    TcpServer server(String name) {
        return opened(TcpServer.echo(name));
    }

    Socket connect() throws IOException {
        return opened(Loopback.connect(port));
    }

    /** The name with which the server behind this connection greets. */
    static String name(Socket connection) throws IOException {
        StringBuilder name = new StringBuilder();
        for (int c = connection.getInputStream().read();
                c != '\n';
                c = connection.getInputStream().read()) {
            if (c < 0) {
                throw new IOException("closed without a greeting");
            }
            name.append((char) c);
        }
        return name.toString();
    }

    String nameOfServer() throws IOException {
        return nameOfServer(port);
    }

    public static String nameOfServer(int port) throws IOException {
        try (Socket connection = Loopback.connect(port)) {
            return new BufferedReader(new InputStreamReader(connection.getInputStream())).readLine();
        }
    }

    /** Who answered how often. */
    Map<String, Integer> connect(int times) throws IOException {
        Map<String, Integer> counts = new TreeMap<>();
        for (int i = 0; i < times; i++) {
            counts.merge(nameOfServer(), 1, Integer::sum);
        }
        return counts;
    }
}
