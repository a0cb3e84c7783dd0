package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.util.List;

/**
 * What a listener speaks with its clients, and where.
 *
 * @param port the port that people see, 1..65535
 * @param bindPort the port that the forwarder binds
 * @param tls HTTPS only, and there always
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FrontendPlan(ListenerProtocol protocol, int port, int bindPort, TlsPlan tls) {

    List<String> validate() {
        Problems problems = new Problems()
                .require(protocol != null, "protocol", "is missing")
                .requirePort(port, "port")
                .requirePort(bindPort, "bindPort")
                .require(
                        (protocol == ListenerProtocol.HTTPS) == (tls != null),
                        "tls",
                        "belongs to HTTPS, and is needed there");
        if (tls != null) {
            problems.addAll("tls", tls.validate());
        }
        return problems.list();
    }
}
