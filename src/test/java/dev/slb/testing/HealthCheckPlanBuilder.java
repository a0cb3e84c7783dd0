package dev.slb.testing;

import dev.slb.plan.BackendPlan;
import dev.slb.plan.CodeRange;
import dev.slb.plan.HealthCheckPlan;
import dev.slb.plan.ProbeType;
import dev.slb.plan.ProxyProtocolPlan;

import java.util.List;

/** A valid check in clear text, on the server's own port, with thresholds 2 and 2. */
public final class HealthCheckPlanBuilder {

    private final ProbeType type;
    private final long intervalMillis;
    private final long timeoutMillis;
    private Integer port;
    private String method;
    private String path;
    private String host;
    private List<CodeRange> expectedCodes;
    private int healthyThreshold = 2;
    private int unhealthyThreshold = 2;
    private BackendPlan backend;
    private String udpRequest;
    private String udpResponse;
    private ProxyProtocolPlan.Version proxy;

    private HealthCheckPlanBuilder(ProbeType type, long intervalMillis, long timeoutMillis) {
        this.type = type;
        this.intervalMillis = intervalMillis;
        this.timeoutMillis = timeoutMillis;
    }

    public static HealthCheckPlanBuilder tcp(long intervalMillis, long timeoutMillis) {
        return new HealthCheckPlanBuilder(ProbeType.TCP, intervalMillis, timeoutMillis);
    }

    /** Passive, until it is told what to send. */
    public static HealthCheckPlanBuilder udp(long intervalMillis, long timeoutMillis) {
        return new HealthCheckPlanBuilder(ProbeType.UDP, intervalMillis, timeoutMillis);
    }

    /** {@code HEAD /}, good on 2xx and 3xx. */
    public static HealthCheckPlanBuilder http(long intervalMillis, long timeoutMillis) {
        return new HealthCheckPlanBuilder(ProbeType.HTTP, intervalMillis, timeoutMillis)
                .request("HEAD", "/", null)
                .expect(new CodeRange(200, 399));
    }

    public static HealthCheckPlanBuilder grpc(long intervalMillis, long timeoutMillis) {
        return new HealthCheckPlanBuilder(ProbeType.GRPC, intervalMillis, timeoutMillis);
    }

    public HealthCheckPlanBuilder port(int number) {
        port = number;
        return this;
    }

    public HealthCheckPlanBuilder request(String method, String path, String host) {
        this.method = method;
        this.path = path;
        this.host = host;
        return this;
    }

    public HealthCheckPlanBuilder expect(CodeRange... codes) {
        expectedCodes = List.of(codes);
        return this;
    }

    public HealthCheckPlanBuilder thresholds(int healthy, int unhealthy) {
        healthyThreshold = healthy;
        unhealthyThreshold = unhealthy;
        return this;
    }

    public HealthCheckPlanBuilder backend(BackendPlan plan) {
        backend = plan;
        return this;
    }

    public HealthCheckPlanBuilder datagrams(String request, String response) {
        udpRequest = request;
        udpResponse = response;
        return this;
    }

    public HealthCheckPlanBuilder proxy(ProxyProtocolPlan.Version version) {
        proxy = version;
        return this;
    }

    public HealthCheckPlan build() {
        return new HealthCheckPlan(
                type,
                port,
                method,
                path,
                host,
                expectedCodes,
                intervalMillis,
                timeoutMillis,
                healthyThreshold,
                unhealthyThreshold,
                backend,
                udpRequest,
                udpResponse,
                proxy);
    }
}
