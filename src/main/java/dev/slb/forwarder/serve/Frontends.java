package dev.slb.forwarder.serve;

import dev.slb.forwarder.l4.TcpFrontend;
import dev.slb.forwarder.l4.udp.UdpFrontend;
import dev.slb.forwarder.l7.HttpFrontend;
import dev.slb.forwarder.table.Frontend;
import dev.slb.forwarder.table.ListenerRuntime;

/** Which protocol is spoken by whom. */
public final class Frontends {

    private Frontends() {}

    public static Frontend create(ListenerRuntime listener) {
        return switch (listener.protocol()) {
            case TCP -> new TcpFrontend(listener);
            case UDP -> new UdpFrontend(listener);
            case HTTP, HTTPS -> new HttpFrontend(listener);
        };
    }
}
