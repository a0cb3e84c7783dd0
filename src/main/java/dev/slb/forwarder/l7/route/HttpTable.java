package dev.slb.forwarder.l7.route;

import dev.slb.forwarder.l7.rewrite.ForwardedHeaders;
import dev.slb.forwarder.l7.rewrite.GzipRules;
import dev.slb.forwarder.table.ListenerTable;
import dev.slb.forwarder.table.TableAction;
import dev.slb.forwarder.tls.FrontendTls;
import dev.slb.plan.Action;
import dev.slb.plan.HttpPlan;
import dev.slb.plan.ProxyProtocolPlan;
import dev.slb.plan.TimeoutsPlan;

import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One version of a layer-7 listener, compiled: read once per request, so that all decisions about it come from one version.
 *
 * @param proxyToServers the header of the PROXY protocol that servers get; null: none
 */
public record HttpTable(
        Router<TableAction> router,
        ForwardedHeaders forwarded,
        int maxRequestsPerConnection,
        int maxHeaderBytes,
        int maxUriBytes,
        long idleNanos,
        long requestNanos,
        long responseIdleNanos,
        long webSocketIdleNanos,
        int connectMillis,
        FrontendTls tls,
        GzipRules gzip,
        ProxyProtocolPlan.Version proxyToServers) {

    private static final long MAX_HANDSHAKE_MILLIS = 10_000;

    static HttpTable of(ListenerTable table) {
        HttpPlan http = table.plan().http();
        TimeoutsPlan timeouts = table.plan().timeouts();
        // A redirect is for all requests: the rules don't count (classic SLB).
        List<ListenerTable.Rule> rules =
                table.plan().routing().action() instanceof Action.Redirect ? List.of() : table.rules();
        return new HttpTable(
                Router.of(rules, ListenerTable.Rule::plan, ListenerTable.Rule::action, table.action()),
                ForwardedHeaders.of(table.plan()),
                http.maxRequestsPerConnection() == 0 ? Integer.MAX_VALUE : http.maxRequestsPerConnection(),
                http.maxHeaderBytes(),
                http.maxUriBytes(),
                TimeUnit.MILLISECONDS.toNanos(timeouts.idleMillis()),
                TimeUnit.MILLISECONDS.toNanos(timeouts.requestMillis()),
                TimeUnit.MILLISECONDS.toNanos(timeouts.responseIdle()),
                TimeUnit.MILLISECONDS.toNanos(timeouts.webSocketIdleMillis()),
                (int) Math.min(Integer.MAX_VALUE, timeouts.connectMillis()),
                table.tls(),
                GzipRules.of(http.gzipTypes()),
                proxyToServers(table.plan().proxyProtocol()));
    }

    /** For the handshake of TLS as a whole, from the accept on. */
    public long handshakeMillis() {
        return Math.min(MAX_HANDSHAKE_MILLIS, TimeUnit.NANOSECONDS.toMillis(requestNanos));
    }

    private static ProxyProtocolPlan.Version proxyToServers(ProxyProtocolPlan plan) {
        return plan == null || plan.send() == ProxyProtocolPlan.Version.NONE ? null : plan.send();
    }
}
