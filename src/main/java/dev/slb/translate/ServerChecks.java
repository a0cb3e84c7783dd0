package dev.slb.translate;

import dev.slb.api.GroupServer;
import dev.slb.api.PoolServer;
import dev.slb.api.RoleServer;
import dev.slb.api.ServerSource;
import dev.slb.api.WeightMode;
import dev.slb.base.IpLiteral;
import io.fabric8.kubernetes.api.model.IntOrString;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** Checks of the entries that bring servers. */
final class ServerChecks {

    private static final int MAX_ENTRIES = 200;
    private static final int MAX_WEIGHT = 100;
    private static final int MAX_SLOW_START_SECONDS = 900;

    private final FieldProblems problems;

    ServerChecks(FieldProblems problems) {
        this.problems = problems;
    }

    void pool(List<PoolServer> servers) {
        List<String> paths = paths(servers.stream().map(PoolServer::name).toList());
        for (int i = 0; i < servers.size(); i++) {
            PoolServer server = servers.get(i);
            source(server, paths.get(i));
            weight(server.weight(), server.weightMode(), paths.get(i));
        }
    }

    void group(List<GroupServer> servers) {
        List<String> paths = paths(servers.stream().map(GroupServer::name).toList());
        for (int i = 0; i < servers.size(); i++) {
            GroupServer server = servers.get(i);
            source(server, paths.get(i));
            port(server.port(), paths.get(i) + ".port");
            weight(server.weight(), server.weightMode(), paths.get(i));
        }
    }

    void role(RoleServer server, String path) {
        problems.present(server, path);
        if (server != null) {
            source(server, path);
            port(server.port(), path + ".port");
        }
    }

    void slowStart(Integer seconds) {
        problems.range(seconds, 0, MAX_SLOW_START_SECONDS, "spec.slowStartSeconds");
    }

    /** Checks the names of entries, and says by which path each is known. */
    private List<String> paths(List<String> names) {
        problems.require(
                names.size() <= MAX_ENTRIES,
                "spec.servers",
                "must have at most " + MAX_ENTRIES + " entries, has " + names.size());
        List<String> paths = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            String path = FieldProblems.entry("spec.servers", paths.size(), name);
            problems.require(name != null && Names.isDnsLabel(name), path + ".name", "must be a DNS label");
            problems.require(seen.add(name), path + ".name", "is there twice");
            paths.add(path);
        }
        return paths;
    }

    private void source(ServerSource source, String path) {
        long given = Stream.of(source.podSelector(), source.podName(), source.address())
                .filter(Objects::nonNull)
                .count();
        problems.require(given == 1, path, "must have exactly one of podSelector, podName and address");
        if (source.podSelector() != null) {
            LabelSelectors.check(source.podSelector(), path + ".podSelector", problems);
        }
        if (source.address() != null) {
            problems.require(
                    IpLiteral.parse(source.address()).isPresent(),
                    path + ".address",
                    "must be an IP address, is " + source.address());
        }
        if (source.address() != null && portName(source) != null) {
            problems.add(path + ".port", "must be a number, since an address has no port names");
        }
    }

    private static String portName(ServerSource source) {
        IntOrString port = null;
        if (source instanceof GroupServer server) {
            port = server.port();
        } else if (source instanceof RoleServer server) {
            port = server.port();
        }
        return port == null ? null : port.getStrVal();
    }

    private void port(IntOrString port, String path) {
        problems.present(port, path);
        if (port != null) {
            backendPort(port, path, problems);
        }
    }

    /** A number or the name of a container port. */
    static void backendPort(IntOrString port, String path, FieldProblems problems) {
        if (port.getStrVal() != null) {
            problems.require(
                    Names.isPortName(port.getStrVal()),
                    path,
                    "must be 1..65535 or the name of a container port, is " + port.getStrVal());
        } else {
            problems.range(port.getIntVal(), 1, 65535, path);
        }
    }

    private void weight(Integer weight, WeightMode mode, String path) {
        problems.range(weight, 0, MAX_WEIGHT, path + ".weight");
        problems.known(mode, path + ".weightMode");
    }
}
