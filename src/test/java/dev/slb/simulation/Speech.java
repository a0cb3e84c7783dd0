package dev.slb.simulation;

import dev.slb.plan.BackendPlan;

import java.util.List;
import java.util.function.Consumer;

/**
 * Who speaks what.
 *
 * @param servers to whom the forwarder speaks so
 * @param serverManner how servers speak HTTP/2, where they do
 * @param http2Clients the names of clients that speak HTTP/2; the others speak HTTP/1.1
 * @param clientManner how they do
 */
record Speech(
        BackendPlan.Protocol servers, Http2Manner serverManner, List<String> http2Clients, Http2Manner clientManner) {

    /** HTTP/1.1 on both sides. */
    static final Speech HTTP1 = new Speech(BackendPlan.Protocol.HTTP, Http2Manner.PLAIN, List.of(), Http2Manner.PLAIN);

    BackendPlan backend() {
        return new BackendPlan(servers, null);
    }

    boolean isHttp2(String client) {
        return http2Clients.contains(client);
    }

    /** Each that is a step simpler. */
    void simpler(Consumer<Speech> candidate) {
        if (servers != BackendPlan.Protocol.HTTP) {
            candidate.accept(
                    Records.with(this, "servers", BackendPlan.Protocol.HTTP, "serverManner", Http2Manner.PLAIN));
        }
        if (!http2Clients.isEmpty()) {
            candidate.accept(Records.with(this, "http2Clients", List.of(), "clientManner", Http2Manner.PLAIN));
        }
        serverManner.simpler(each -> candidate.accept(Records.with(this, "serverManner", each)));
        clientManner.simpler(each -> candidate.accept(Records.with(this, "clientManner", each)));
    }
}
