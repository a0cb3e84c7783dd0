package dev.slb.cli;

import picocli.CommandLine.Option;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/** The option that says where a process opens its admin or health port, when not where its other sockets are. */
final class AdminBindAddress {

    @Option(
            names = "--admin-bind-address",
            paramLabel = "ADDRESS",
            defaultValue = "${env:SLB_ADMIN_BIND_ADDRESS}",
            converter = BindAddress.Literal.class,
            description = "IP address of the admin or health port alone; default: $SLB_ADMIN_BIND_ADDRESS, else that of"
                    + " --bind-address")
    private InetAddress address;

    /** @param others where the other sockets are */
    InetSocketAddress withPort(int port, BindAddress others) {
        return address == null ? others.withPort(port) : new InetSocketAddress(address, port);
    }
}
