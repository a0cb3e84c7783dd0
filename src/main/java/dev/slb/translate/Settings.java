package dev.slb.translate;

import dev.slb.base.Cidr;

import java.util.List;

/**
 * What the process was told at its start about how to translate.
 *
 * @param allowedServers networks that {@code address} servers may be in, where addresses are restricted
 * @param anyServerAddress files mode: an {@code address} may be anything, loopback included
 * @param allowedServices null where no Services are made and {@code spec.service} means nothing
 */
public record Settings(
        Quotas quotas,
        List<Cidr> allowedServers,
        boolean anyServerAddress,
        BindPorts bindPorts,
        AllowedServices allowedServices) {

    /** Where the ports come from that forwarders bind. */
    public enum BindPorts {
        /** {@code Listener.status.bindPort}; a listener without one waits for it. */
        RECORDED,
        /** The listener's own port. */
        SAME_AS_PORT
    }

    public Settings {
        allowedServers = List.copyOf(allowedServers);
    }

    /** A cluster: addresses are restricted, ports to bind are allocated and recorded. */
    public static Settings cluster(Quotas quotas, List<Cidr> allowedServers, AllowedServices allowedServices) {
        return new Settings(quotas, allowedServers, false, BindPorts.RECORDED, allowedServices);
    }

    /** Files as source: any address, and every listener binds its own port. */
    public static Settings files() {
        return new Settings(Quotas.SLB, List.of(), true, BindPorts.SAME_AS_PORT, null);
    }
}
