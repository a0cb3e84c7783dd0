package dev.slb.forwarder;

import dev.slb.forwarder.l4.TcpFrontend;
import dev.slb.forwarder.l7.HttpFrontend;
import dev.slb.forwarder.table.Frontend;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.plan.ListenerProtocol;

/** Which protocol is spoken by whom. */
final class Frontends {

    private Frontends() {}

    static boolean supports(ListenerProtocol protocol) {
        return protocol == ListenerProtocol.TCP || protocol.isLayer7();
    }

    static Frontend create(ListenerRuntime listener) {
        return switch (listener.protocol()) {
            case TCP -> new TcpFrontend(listener);
            case HTTP, HTTPS -> new HttpFrontend(listener);
            case UDP -> throw new IllegalArgumentException("not served: " + listener.protocol());
        };
    }
}
