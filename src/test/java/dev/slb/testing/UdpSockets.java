package dev.slb.testing;

import io.netty.channel.unix.Socket;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** Sets options of UDP sockets of this process, whoever has opened them; on Linux, with Netty's epoll. */
public final class UdpSockets {

    private static final int SOL_SOCKET = 1;
    private static final int SO_NO_CHECK = 11;
    private static final int SOL_UDP = 17;
    private static final int UDP_SEGMENT = 103;

    private static final int LOCAL = 1;
    private static final int REMOTE = 2;
    private static final int INODE = 9;

    private UdpSockets() {}

    /** What is sent from this port is cut into datagrams of this length by the kernel. */
    public static void cutInto(int localPort, int length) throws IOException {
        set(LOCAL, localPort, SOL_UDP, UDP_SEGMENT, length);
    }

    /** From this port nothing can be sent that the kernel would have to cut: it does so only with checksums. */
    public static void refuseSegmentsFrom(int localPort) throws IOException {
        set(LOCAL, localPort, SOL_SOCKET, SO_NO_CHECK, 1);
    }

    /** As {@link #refuseSegmentsFrom}, of all sockets that are connected to this port. */
    public static void refuseSegmentsTo(int remotePort) throws IOException {
        set(REMOTE, remotePort, SOL_SOCKET, SO_NO_CHECK, 1);
    }

    private static void set(int end, int port, int level, int name, int value) throws IOException {
        Set<String> links = links(end, port);
        int count = 0;
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                if (links.contains(target(descriptor))) {
                    int fd = Integer.parseInt(descriptor.getFileName().toString());
                    new Socket(fd).setIntOpt(level, name, value);
                    count++;
                }
            }
        }
        if (count == 0) {
            throw new IOException("this process has no UDP socket with port " + port);
        }
    }

    /** What the file descriptors of these sockets are links to. */
    private static Set<String> links(int end, int port) throws IOException {
        String suffix = String.format(Locale.ROOT, ":%04X", port);
        Set<String> links = new HashSet<>();
        for (String table : new String[] {"/proc/net/udp", "/proc/net/udp6"}) {
            if (Files.exists(Path.of(table))) {
                for (String line : Files.readAllLines(Path.of(table))) {
                    String[] columns = line.trim().split("\\s+");
                    if (columns[end].endsWith(suffix)) {
                        links.add("socket:[" + columns[INODE] + "]");
                    }
                }
            }
        }
        return links;
    }

    private static String target(Path descriptor) throws IOException {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (NoSuchFileException e) { // closed meanwhile
            return "";
        }
    }
}
