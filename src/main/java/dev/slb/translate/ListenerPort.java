package dev.slb.translate;

import dev.slb.api.Listener;
import dev.slb.api.Protocol;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.ListenerProtocol;

/** A port of a LoadBalancer: TCP, HTTP and HTTPS share one range of numbers, UDP has its own. */
record ListenerPort(boolean udp, int number) {

    /** The port that a listener asks for; null when it does not say. */
    static ListenerPort of(Listener listener) {
        if (listener.getSpec() == null) {
            return null;
        }
        Protocol protocol = listener.getSpec().protocol();
        Integer number = listener.getSpec().port();
        return protocol == null || protocol == Protocol.Unknown || number == null
                ? null
                : new ListenerPort(protocol == Protocol.UDP, number);
    }

    /** The port that forwarders bind for a listener. */
    static ListenerPort of(ListenerPlan plan) {
        return new ListenerPort(
                plan.protocol() == ListenerProtocol.UDP, plan.frontend().bindPort());
    }
}
