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
            candidate.accept(new Speech(BackendPlan.Protocol.HTTP, Http2Manner.PLAIN, http2Clients, clientManner));
        }
        if (!http2Clients.isEmpty()) {
            candidate.accept(new Speech(servers, serverManner, List.of(), Http2Manner.PLAIN));
        }
        simpler(serverManner, each -> candidate.accept(new Speech(servers, each, http2Clients, clientManner)));
        simpler(clientManner, each -> candidate.accept(new Speech(servers, serverManner, http2Clients, each)));
    }

    private static void simpler(Http2Manner manner, Consumer<Http2Manner> candidate) {
        Http2Manner plain = Http2Manner.PLAIN;
        if (!manner.equals(plain)) {
            candidate.accept(plain);
            simpler(
                    candidate,
                    manner,
                    new Http2Manner(
                            manner.window(),
                            manner.laterWindow(),
                            manner.slowMillis(),
                            manner.streams(),
                            plain.frameBytes(),
                            plain.fieldBytes(),
                            plain.padding(),
                            plain.pings(),
                            manner.cancels(),
                            manner.cancelMillis()));
            simpler(
                    candidate,
                    manner,
                    new Http2Manner(
                            plain.window(),
                            plain.laterWindow(),
                            plain.slowMillis(),
                            plain.streams(),
                            manner.frameBytes(),
                            manner.fieldBytes(),
                            manner.padding(),
                            manner.pings(),
                            manner.cancels(),
                            manner.cancelMillis()));
            simpler(
                    candidate,
                    manner,
                    new Http2Manner(
                            manner.window(),
                            manner.laterWindow(),
                            manner.slowMillis(),
                            manner.streams(),
                            manner.frameBytes(),
                            manner.fieldBytes(),
                            manner.padding(),
                            manner.pings(),
                            0,
                            0));
            simpler(
                    candidate,
                    manner,
                    new Http2Manner(
                            manner.window(),
                            0,
                            0,
                            manner.streams(),
                            manner.frameBytes(),
                            manner.fieldBytes(),
                            manner.padding(),
                            manner.pings(),
                            manner.cancels(),
                            manner.cancelMillis()));
        }
    }

    private static void simpler(Consumer<Http2Manner> candidate, Http2Manner from, Http2Manner simpler) {
        if (!simpler.equals(from)) {
            candidate.accept(simpler);
        }
    }
}
