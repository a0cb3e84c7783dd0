package dev.slb.cli.playground;

import dev.slb.cli.echo.EchoServer;
import dev.slb.cli.local.TextTable;
import dev.slb.cli.local.View;
import dev.slb.cli.local.View.ListenerView;
import dev.slb.cli.local.View.RouteView;
import dev.slb.cli.local.View.ServerView;
import dev.slb.cli.local.ViewText;
import dev.slb.plan.ListenerProtocol;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Commands to try, made for what is served. */
public final class Hints {

    private Hints() {}

    public static List<String> curl(View view, InetAddress bindAddress) {
        String host = bindAddress == null || bindAddress.isAnyLocalAddress() ? "127.0.0.1" : literal(bindAddress);
        TextTable table = new TextTable("<<");
        for (ListenerView listener : view.listeners()) {
            if (listener.protocol() == ListenerProtocol.HTTPS) {
                continue;
            }
            for (RouteView route : listener.routes()) {
                if (listener.protocol() == ListenerProtocol.UDP) {
                    table.row("echo hi | nc -u -w1 " + host + " " + listener.port(), explain(listener, route));
                    continue;
                }
                String header =
                        route.host() == null ? "" : "-H 'Host: " + route.host().replace("*", "any") + "' ";
                String path = route.path() == null ? "/" : route.path();
                table.row("curl " + header + "http://" + host + ":" + listener.port() + path, explain(listener, route));
            }
        }
        return table.lines();
    }

    private static String explain(ListenerView listener, RouteView route) {
        String rule = route.match().equals("*") ? "" : "rule " + route.match() + ": ";
        List<String> servers = new ArrayList<>();
        for (ServerView server : route.servers()) {
            servers.add(
                    server.name() + " " + (server.role() == null ? server.weight() : ViewText.lower(server.role())));
        }
        String choice = listener.protocol().isLayer7()
                ? ""
                : listener.protocol() == ListenerProtocol.UDP
                        ? " (chosen per client port)"
                        : " (chosen per connection)";
        return "# " + rule + (servers.isEmpty() ? route.to() : String.join(", ", servers)) + choice;
    }

    /** How to fail and recover: the master of a master-slave group if there is one, else the first server. */
    public static List<String> fail(View view, Playground playground) {
        List<ServerView> servers = view.listeners().stream()
                .flatMap(listener -> listener.routes().stream())
                .flatMap(route -> route.servers().stream())
                .toList();
        Optional<EchoServer> example = servers.stream()
                .filter(server -> server.role() != null)
                .findFirst()
                .or(() -> servers.stream().findFirst())
                .flatMap(server -> playground.pod(server.name()));
        if (example.isEmpty()) {
            return List.of();
        }
        String control = "http://" + literal(example.get().address()) + ":"
                + example.get().controlPort() + "/-/";
        return new TextTable("<<")
                .row(
                        "curl -X POST " + control + "fail",
                        "# like a crash; ?mode=hang like a stuck process, ?mode=error: 503")
                .row("curl -X POST " + control + "recover", "")
                .row("curl " + control + "stats", "# what " + example.get().name() + " saw, probes apart")
                .lines();
    }

    /** What the commands of a pod begin with. */
    static String controlUrl(EchoServer pod) {
        return "http://" + literal(pod.address()) + ":" + pod.controlPort() + "/-/";
    }

    private static String literal(InetAddress address) {
        String text = address.getHostAddress();
        return text.indexOf(':') >= 0 ? "[" + text + "]" : text;
    }
}
