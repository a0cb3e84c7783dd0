package dev.slb.distribution;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.slb.plan.PlanJson;

/** Our access log in JSON, and JSON of NGINX's variables under their own names. */
final class JsonLines extends LogLines {

    private final ObjectReader reader = PlanJson.mapper().readerFor(JsonNode.class);

    JsonLines() {
        super("json");
    }

    @Override
    boolean namesServers() {
        return true;
    }

    @Override
    Hit read(String line) {
        if (!line.startsWith("{")) {
            return null;
        }
        try {
            JsonNode node = reader.readTree(line);
            String client = text(node, "http_x_real_ip", "client_ip", "remote_addr");
            String server = text(node, "upstream_addr");
            if (client == null && server == null) {
                return null;
            }
            return new Hit(
                    TemplateLines.group(text(node, "slbid"), text(node, "slb_vport")),
                    lastServer(server),
                    client,
                    port(text(node, "client_port", "remote_port")),
                    time(text(node, "time", "time_iso8601", "time_local", "msec")));
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    private static String text(JsonNode node, String... names) {
        for (String name : names) {
            String text = orNull(node.path(name).asText(null));
            if (text != null) {
                return text;
            }
        }
        return null;
    }
}
