package dev.slb.translate;

import dev.slb.base.IpLiteral;

import java.net.InetAddress;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which literal addresses may be servers. Whoever writes an object must not reach through the forwarder what the forwarder
 * alone can reach: itself, its node's loopback, a cloud's metadata service.
 */
final class AllowedAddresses {

    private final Settings settings;
    private final Set<InetAddress> forwarders;

    AllowedAddresses(Snapshot snapshot) {
        this.settings = snapshot.settings();
        this.forwarders = snapshot.forwarderAddresses().stream()
                .map(IpLiteral::parse)
                .flatMap(Optional::stream)
                .collect(Collectors.toSet());
    }

    boolean contains(InetAddress address) {
        if (settings.anyServerAddress()) {
            return true;
        }
        boolean special = address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isMulticastAddress()
                || address.isAnyLocalAddress();
        return !special
                && !forwarders.contains(address)
                && settings.allowedServers().stream().anyMatch(network -> network.contains(address));
    }
}
