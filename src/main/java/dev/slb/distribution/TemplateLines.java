package dev.slb.distribution;

import dev.slb.plan.LogFormat;

import java.util.List;

/** Lines of a format string with our variables or NGINX's. */
final class TemplateLines extends LogLines {

    private static final List<String> WANTED = List.of(
            "upstream_addr",
            "http_x_real_ip",
            "client_ip",
            "remote_addr",
            "client_port",
            "remote_port",
            "time",
            "time_iso8601",
            "time_local",
            "msec",
            "slbid",
            "slb_vport",
            "proxy_upstream_name");

    private final Template template;

    TemplateLines(String name, String format) {
        super(name);
        template = new Template(format, WANTED);
    }

    /** The format string that our docs propose. */
    static TemplateLines ofAccessLog() {
        return new TemplateLines("text", LogFormat.TEXT);
    }

    @Override
    boolean namesServers() {
        return template.has("upstream_addr");
    }

    @Override
    Hit read(String line) {
        String[] values = template.match(line, 0);
        if (values == null) {
            return null;
        }
        return new Hit(
                values[12] != null ? values[12] : group(values[10], values[11]),
                lastServer(values[0]),
                first(values, 1, 4),
                port(first(values, 4, 6)),
                time(first(values, 6, 10)));
    }

    private static String first(String[] values, int from, int to) {
        for (int i = from; i < to; i++) {
            if (orNull(values[i]) != null) {
                return values[i];
            }
        }
        return null;
    }

    static String group(String loadBalancer, String port) {
        if (orNull(loadBalancer) == null) {
            return orNull(port) == null ? "" : port;
        }
        return orNull(port) == null ? loadBalancer : loadBalancer + ":" + port;
    }
}
