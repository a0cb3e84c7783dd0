package dev.slb.translate;

import dev.slb.base.IpLiteral;

import java.net.InetAddress;
import java.util.Optional;

/**
 * Which literal addresses may be servers. Whoever writes an object must not reach through the forwarder what the forwarder
 * alone can reach: itself, its node's loopback, a cloud's metadata service.
 */
final class AllowedAddresses {

    private AllowedAddresses() {}

    static boolean contain(InetAddress address, Snapshot snapshot) {
        Settings settings = snapshot.settings();
        if (settings.anyServerAddress()) {
            return true;
        }
        boolean special = address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isMulticastAddress()
                || address.isAnyLocalAddress();
        return !special
                && !isForwarder(address, snapshot)
                && settings.allowedServers().stream().anyMatch(network -> network.contains(address));
    }

    private static boolean isForwarder(InetAddress address, Snapshot snapshot) {
        return snapshot.forwarderAddresses().stream()
                .map(IpLiteral::parse)
                .flatMap(Optional::stream)
                .anyMatch(address::equals);
    }
}
