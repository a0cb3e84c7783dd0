package dev.slb.testing;

import dev.slb.plan.AccessControlPlan;
import dev.slb.plan.AccessLogPlan;
import dev.slb.plan.Action;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.BackendPort;
import dev.slb.plan.DocumentId;
import dev.slb.plan.DrainPlan;
import dev.slb.plan.ForwardedPlan;
import dev.slb.plan.FrontendPlan;
import dev.slb.plan.HealthCheckPlan;
import dev.slb.plan.HttpPlan;
import dev.slb.plan.LimitsPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.ListenerProtocol;
import dev.slb.plan.PassivePlan;
import dev.slb.plan.PersistencePlan;
import dev.slb.plan.ProxyProtocolPlan;
import dev.slb.plan.RoutingPlan;
import dev.slb.plan.RulePlan;
import dev.slb.plan.SchedulerType;
import dev.slb.plan.TimeoutsPlan;
import dev.slb.plan.TlsPlan;

import java.util.ArrayList;
import java.util.List;

/** A valid listener of the LoadBalancer {@code shop/shop}: to the group {@code shop/web} by WRR, without checks. */
public final class ListenerPlanBuilder {

    private final String name;
    private final ListenerProtocol protocol;
    private int bindPort;
    private DocumentId group = DocumentId.vServerGroup("shop", "web");
    private BackendPort backendPort;
    private SchedulerType scheduler = SchedulerType.WRR;
    private HealthCheckPlan healthCheck;
    private PersistencePlan persistence;
    private PassivePlan passive;
    private Action action;
    private final List<RulePlan> rules = new ArrayList<>();
    private long idleMillis = 60_000;
    private long connectMillis = 5_000;
    private long requestMillis = 30_000;
    private long webSocketIdleMillis = 60_000;
    private Long responseIdleMillis;
    private DrainPlan drain = new DrainPlan(60_000, false);
    private int maxRequestsPerConnection;
    private AccessControlPlan accessControl;
    private ProxyProtocolPlan proxyProtocol;
    private Integer maxConnections;
    private Long bandwidth;
    private TlsPlan tls;
    private BackendPlan backend;
    private boolean http2;
    private ForwardedPlan forwarded =
            new ForwardedPlan(ForwardedPlan.XForwardedFor.APPEND, List.of(), true, false, false, null, false, false);

    private AccessLogPlan accessLog;
    private List<String> gzipTypes;

    private ListenerPlanBuilder(String name, ListenerProtocol protocol, int bindPort) {
        this.name = name;
        this.protocol = protocol;
        this.bindPort = bindPort;
    }

    public static ListenerPlanBuilder tcp(String name, int bindPort) {
        return new ListenerPlanBuilder(name, ListenerProtocol.TCP, bindPort);
    }

    public static ListenerPlanBuilder udp(String name, int bindPort) {
        return new ListenerPlanBuilder(name, ListenerProtocol.UDP, bindPort);
    }

    public static ListenerPlanBuilder http(String name, int bindPort) {
        return new ListenerPlanBuilder(name, ListenerProtocol.HTTP, bindPort);
    }

    public static ListenerPlanBuilder https(String name, int bindPort) {
        return new ListenerPlanBuilder(name, ListenerProtocol.HTTPS, bindPort);
    }

    /** A TCP check with these timings, thresholds 2 and 2. */
    public static HealthCheckPlan tcpCheck(long intervalMillis, long timeoutMillis) {
        return HealthCheckPlanBuilder.tcp(intervalMillis, timeoutMillis).build();
    }

    /** A UDP check with these timings, thresholds 2 and 2. Without a request it is passive. */
    public static HealthCheckPlan udpCheck(long intervalMillis, long timeoutMillis, String request, String response) {
        return HealthCheckPlanBuilder.udp(intervalMillis, timeoutMillis)
                .datagrams(request, response)
                .build();
    }

    /** {@code HEAD /} with these timings, good on 2xx and 3xx, thresholds 2 and 2. */
    public static HealthCheckPlan httpCheck(long intervalMillis, long timeoutMillis) {
        return HealthCheckPlanBuilder.http(intervalMillis, timeoutMillis).build();
    }

    public ListenerPlanBuilder bindPort(int port) {
        bindPort = port;
        return this;
    }

    public ListenerPlanBuilder group(DocumentId id) {
        group = id;
        return this;
    }

    /** To the default pool, with this port. */
    public ListenerPlanBuilder pool(BackendPort port) {
        group = DocumentId.pool("shop", "shop");
        backendPort = port;
        return this;
    }

    public ListenerPlanBuilder scheduler(SchedulerType type) {
        scheduler = type;
        return this;
    }

    public ListenerPlanBuilder check(HealthCheckPlan plan) {
        healthCheck = plan;
        return this;
    }

    /** After so many failures in a row a server is left out for so long. */
    public ListenerPlanBuilder passive(int failures, long pauseMillis) {
        passive = new PassivePlan(true, failures, pauseMillis);
        return this;
    }

    /** Whatever traffic notices, no server is left out for it. */
    public ListenerPlanBuilder withoutPassive() {
        passive = new PassivePlan(false, 1, 1);
        return this;
    }

    public ListenerPlanBuilder persistence(PersistencePlan plan) {
        persistence = plan;
        return this;
    }

    /** Instead of forwarding to the group. */
    public ListenerPlanBuilder action(Action other) {
        action = other;
        return this;
    }

    /** Forwards what matches to this group, by WRR, without checks. */
    public ListenerPlanBuilder rule(String ruleName, String host, String path, DocumentId to) {
        return rule(ruleName, host, path, new Action.Forward(to, null, SchedulerType.WRR, null, null));
    }

    public ListenerPlanBuilder rule(String ruleName, String host, String path, Action what) {
        rules.add(new RulePlan(ruleName, host, path, what));
        return this;
    }

    public ListenerPlanBuilder idleMillis(long millis) {
        idleMillis = millis;
        return this;
    }

    public ListenerPlanBuilder connectMillis(long millis) {
        connectMillis = millis;
        return this;
    }

    public ListenerPlanBuilder requestMillis(long millis) {
        requestMillis = millis;
        return this;
    }

    public ListenerPlanBuilder responseIdleMillis(long millis) {
        responseIdleMillis = millis;
        return this;
    }

    public ListenerPlanBuilder webSocketIdleMillis(long millis) {
        webSocketIdleMillis = millis;
        return this;
    }

    public ListenerPlanBuilder drain(long timeoutMillis, boolean explicit) {
        drain = new DrainPlan(timeoutMillis, explicit);
        return this;
    }

    public ListenerPlanBuilder maxRequestsPerConnection(int count) {
        maxRequestsPerConnection = count;
        return this;
    }

    public ListenerPlanBuilder forwarded(ForwardedPlan plan) {
        forwarded = plan;
        return this;
    }

    /** {@code JSON} or a format string. */
    public ListenerPlanBuilder accessLog(String format) {
        accessLog = new AccessLogPlan(format);
        return this;
    }

    /** Answers of these media types are compressed. */
    public ListenerPlanBuilder gzip(String... types) {
        gzipTypes = List.of(types);
        return this;
    }

    public ListenerPlanBuilder allow(String... cidrs) {
        accessControl = new AccessControlPlan(AccessControlPlan.Policy.ALLOW, List.of(cidrs));
        return this;
    }

    public ListenerPlanBuilder deny(String... cidrs) {
        accessControl = new AccessControlPlan(AccessControlPlan.Policy.DENY, List.of(cidrs));
        return this;
    }

    /** The PROXY protocol is required from these. */
    public ListenerPlanBuilder acceptProxy(String... trustedCidrs) {
        proxyProtocol = new ProxyProtocolPlan(true, List.of(trustedCidrs), ProxyProtocolPlan.Version.NONE);
        return this;
    }

    public ListenerPlanBuilder sendProxy(ProxyProtocolPlan.Version version) {
        proxyProtocol = new ProxyProtocolPlan(false, List.of(), version);
        return this;
    }

    public ListenerPlanBuilder proxyProtocol(ProxyProtocolPlan plan) {
        proxyProtocol = plan;
        return this;
    }

    public ListenerPlanBuilder maxConnections(int count) {
        maxConnections = count;
        return this;
    }

    public ListenerPlanBuilder bandwidth(long bitsPerSecond) {
        bandwidth = bitsPerSecond;
        return this;
    }

    public ListenerPlanBuilder tls(TlsPlan plan) {
        tls = plan;
        return this;
    }

    public ListenerPlanBuilder backend(BackendPlan plan) {
        backend = plan;
        return this;
    }

    public ListenerPlanBuilder http2() {
        http2 = true;
        return this;
    }

    public ListenerPlan build() {
        return new ListenerPlan(
                DocumentId.listener("shop", name),
                TestPlans.SHOP,
                new FrontendPlan(protocol, bindPort, bindPort, tls),
                new RoutingPlan(
                        action != null
                                ? action
                                : new Action.Forward(group, backendPort, scheduler, healthCheck, persistence, passive),
                        rules),
                new TimeoutsPlan(idleMillis, connectMillis, requestMillis, webSocketIdleMillis, responseIdleMillis),
                drain,
                protocol.isLayer7()
                        ? new HttpPlan(maxRequestsPerConnection, 32 * 1024, 8 * 1024, forwarded, http2, gzipTypes)
                        : null,
                backend,
                accessControl,
                new LimitsPlan(maxConnections, bandwidth),
                proxyProtocol,
                accessLog);
    }
}
