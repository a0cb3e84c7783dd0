package dev.slb.delivery;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;

/** Where a plan stream is served, as people write it: {@code unix:/run/slb/plan.sock} or {@code tcp:127.0.0.1:7700}. */
public final class PlanEndpoint {

    private static final String UNIX = "unix:";
    private static final String TCP = "tcp:";

    /** The kernel's sun_path has 108 bytes, with a closing NUL. */
    private static final int MAX_PATH_BYTES = 107;

    private PlanEndpoint() {}

    /** @throws IllegalArgumentException when it is neither form, or the path is longer than the kernel takes */
    public static SocketAddress parse(String text) {
        if (text.startsWith(UNIX)) {
            return unix(text.substring(UNIX.length()));
        }
        if (text.startsWith(TCP)) {
            return tcp(text.substring(TCP.length()));
        }
        throw new IllegalArgumentException("not unix:/path or tcp:host:port: " + text);
    }

    private static SocketAddress unix(String path) {
        if (path.isEmpty() || path.getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
            throw new IllegalArgumentException(
                    "the path of a Unix socket has 1 to " + MAX_PATH_BYTES + " bytes: " + path);
        }
        return UnixDomainSocketAddress.of(path);
    }

    private static SocketAddress tcp(String hostAndPort) {
        int colon = hostAndPort.lastIndexOf(':');
        try {
            String host = hostAndPort.substring(0, Math.max(colon, 0));
            if (host.startsWith("[") && host.endsWith("]")) {
                host = host.substring(1, host.length() - 1);
            }
            return new InetSocketAddress(host, Integer.parseInt(hostAndPort.substring(colon + 1)));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not tcp:host:port: tcp:" + hostAndPort, e);
        }
    }
}
