package dev.slb.forwarder.l4.udp;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Flows that began before the address that they ask had all its channels. Whom the kernel gives a client to depends on those, so what
 * comes on another loop is handed to the one that has the flow. There are few: {@link UdpSocket#MAX_HELD} to an address. Thread-safe.
 */
public final class EarlyFlows {

    private final Map<FlowKey, UdpSocket> sockets = new ConcurrentHashMap<>();

    void add(Flow flow, UdpSocket socket) {
        sockets.put(flow.key(), socket);
    }

    /** It has ended, early or not. */
    void remove(Flow flow, UdpSocket socket) {
        if (!sockets.isEmpty()) {
            sockets.remove(flow.key(), socket);
        }
    }

    /** Who has this flow; null when it is not one of these. */
    UdpSocket find(FlowKey key) {
        return sockets.isEmpty() ? null : sockets.get(key);
    }
}
