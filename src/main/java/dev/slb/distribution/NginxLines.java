package dev.slb.distribution;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * NGINX's combined format. It says nothing of servers, so it is a server's own log; or, as balancers usually write it,
 * with something after it in which {@code $upstream_addr} stands. That has no standard place: it is the first thing
 * there that looks like it, an address with a port or several.
 */
final class NginxLines extends LogLines {

    private static final Template COMBINED = new Template(
            "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent"
                    + " \"$http_referer\" \"$http_user_agent\"$rest",
            List.of("remote_addr", "time_local", Template.REST));
    private static final String SERVER =
            "(?:\\d{1,3}(?:\\.\\d{1,3}){3}:\\d{1,5}|\\[[0-9a-fA-F:.]+]:\\d{1,5}|unix:[^\\s,\"]+)";
    private static final Pattern SERVERS =
            Pattern.compile("(?<![\\w.:])" + SERVER + "(?:(?:, | : )" + SERVER + ")*(?![\\w.:])");
    /** ingress-nginx: the name of the group, then of an alternative one, then the server. */
    private static final Pattern INGRESS = Pattern.compile("\\[([^\\[\\]\\s]*)] \\[[^\\[\\]\\s]*] ");

    private final boolean upstream;

    NginxLines(boolean upstream) {
        super(upstream ? "nginx-upstream" : "nginx-combined");
        this.upstream = upstream;
    }

    @Override
    boolean namesServers() {
        return upstream;
    }

    @Override
    Hit read(String line) {
        String[] values = COMBINED.match(line, 0);
        if (values == null || values[2].isBlank() == upstream) {
            return null;
        }
        String server = null;
        String group = "";
        if (upstream) {
            Matcher servers = SERVERS.matcher(values[2]);
            server = servers.find() ? lastServer(servers.group()) : null;
            Matcher ingress = INGRESS.matcher(values[2]);
            group = ingress.find() ? ingress.group(1) : "";
        }
        return new Hit(group, server, orNull(values[0]), -1, time(values[1]));
    }
}
