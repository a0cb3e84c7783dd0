package dev.slb.forwarder.l4.udp;

import com.sun.management.UnixOperatingSystemMXBean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many flows a forwarder has at once, over all listeners: each has a socket, hence a file descriptor and a local port.
 * UDP sockets share no local ports, whatever they are connected to, so there are as many as {@code
 * net.ipv4.ip_local_port_range} has (28,232 by default). The limit leaves some of both to everything else.
 */
public final class FlowLimit {

    private static final Logger LOG = LoggerFactory.getLogger(FlowLimit.class);

    private static final int FALLBACK = 16_384;
    private static final Path LOCAL_PORTS = Path.of("/proc/sys/net/ipv4/ip_local_port_range");

    private final int max;
    private final AtomicInteger flows = new AtomicInteger();

    public FlowLimit(int max) {
        this.max = max;
    }

    /** Half of the file descriptors that this process may have, but not more than three quarters of the local ports. */
    public static FlowLimit ofThisProcess() {
        return new FlowLimit((int) Math.min(fileDescriptors() / 2, localPorts() / 4 * 3));
    }

    private static long fileDescriptors() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : 2 * FALLBACK;
    }

    private static long localPorts() {
        try {
            String[] range = Files.readString(LOCAL_PORTS).trim().split("\\s+");
            return Long.parseLong(range[1]) - Long.parseLong(range[0]) + 1;
        } catch (IOException | RuntimeException e) {
            LOG.debug("the range of local ports is not known", e);
            return FALLBACK;
        }
    }

    boolean tryAdd() {
        if (flows.incrementAndGet() <= max) {
            return true;
        }
        flows.decrementAndGet();
        return false;
    }

    void remove() {
        flows.decrementAndGet();
    }
}
