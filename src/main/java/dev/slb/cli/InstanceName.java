package dev.slb.cli;

import picocli.CommandLine.Option;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** What a process of a cluster is called among its like. */
final class InstanceName {

    @Option(
            names = "--name",
            paramLabel = "NAME",
            defaultValue = "${env:POD_NAME}",
            description = "of this replica, unique among them; default: $POD_NAME, else the host's name")
    private String name;

    String get() throws CommandFailure {
        if (name != null && !name.isEmpty()) {
            return name;
        }
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            throw new CommandFailure("the host has no name: give --name", e);
        }
    }
}
