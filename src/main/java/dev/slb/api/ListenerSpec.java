package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.IntOrString;

import java.util.List;

/** What is wanted of a listener. */
@ValidationRule(
        value = "self.protocol != 'HTTPS' || has(self.tls)",
        message = "HTTPS needs tls",
        fieldPath = ".tls",
        reason = "FieldValueRequired")
@ValidationRule(
        value = "self.protocol == 'HTTPS' || !has(self.tls)",
        message = "tls needs protocol HTTPS",
        fieldPath = ".tls")
@ValidationRule(
        value = "self.protocol in ['HTTP', 'HTTPS'] || !has(self.rules) || size(self.rules) == 0",
        message = "rules need protocol HTTP or HTTPS",
        fieldPath = ".rules")
@ValidationRule(
        value = "!has(self.rules) || self.rules.all(r, self.rules.exists_one(o,"
                + " (has(o.host) ? o.host : '') == (has(r.host) ? r.host : '')"
                + " && (has(o.path) ? o.path : '') == (has(r.path) ? r.path : '')))",
        message = "every rule needs another pair of host and path",
        fieldPath = ".rules")
@ValidationRule(
        value = "self.protocol in ['TCP', 'UDP'] || !has(self.serverGroupRef)"
                + " || self.serverGroupRef.kind != 'MasterSlaveGroup'",
        message = "a MasterSlaveGroup needs protocol TCP or UDP",
        fieldPath = ".serverGroupRef")
@ValidationRule(
        value = "has(self.backendPort) || has(self.serverGroupRef) || has(self.redirect)",
        message = "backendPort is needed without serverGroupRef and redirect",
        fieldPath = ".backendPort",
        reason = "FieldValueRequired")
@ValidationRule(
        value = "self.protocol == 'HTTP' || !has(self.redirect)",
        message = "redirect needs protocol HTTP",
        fieldPath = ".redirect")
@ValidationRule(
        value = "self.protocol in ['HTTP', 'HTTPS'] || !has(self.backendProtocol)",
        message = "backendProtocol needs protocol HTTP or HTTPS",
        fieldPath = ".backendProtocol")
@ValidationRule(
        value = "!has(self.backendTls)"
                + " || (has(self.backendProtocol) && self.backendProtocol in ['HTTPS', 'GRPC'])",
        message = "backendTls needs backendProtocol HTTPS or GRPC",
        fieldPath = ".backendTls")
@ValidationRule(
        value = "self.scheduler in ['WRR', 'RR', 'WLC']"
                + " || (self.scheduler in ['SCH', 'TCH'] && self.protocol in ['TCP', 'UDP'])"
                + " || (self.scheduler == 'QCH' && self.protocol == 'UDP')",
        message = "scheduler SCH and TCH need protocol TCP or UDP, QCH needs UDP",
        fieldPath = ".scheduler")
@ValidationRule(
        value = "!has(self.sessionPersistence)"
                + " || (self.sessionPersistence.type == 'SourceIP') == (self.protocol in ['TCP', 'UDP'])",
        message = "sessionPersistence is SourceIP for TCP and UDP, CookieInsert or CookieRewrite for HTTP and HTTPS",
        fieldPath = ".sessionPersistence")
@ValidationRule(
        value = "!has(self.healthCheck) || !has(self.healthCheck.type)"
                + " || (self.healthCheck.type != 'UDP' || self.protocol == 'UDP')"
                + " && (self.healthCheck.type != 'GRPC' || self.protocol != 'UDP')",
        message = "healthCheck type UDP needs protocol UDP, type GRPC any other",
        fieldPath = ".healthCheck")
@ValidationRule(
        value = "!has(self.healthCheck) || !has(self.healthCheck.udpRequest) || self.healthCheck.udpRequest == ''"
                + " || self.protocol == 'UDP' && (!has(self.healthCheck.type) || self.healthCheck.type == 'UDP')",
        message = "udpRequest and udpResponse need a health check of type UDP",
        fieldPath = ".healthCheck")
@ValidationRule(
        value =
                "!has(self.timeouts) || !has(self.timeouts.idleSeconds) || self.protocol in ['HTTP', 'HTTPS']"
                        + " || self.timeouts.idleSeconds >= (self.protocol == 'TCP' ? 10 : 1) && self.timeouts.idleSeconds <= 900",
        message = "idleSeconds is 1 to 3600 for HTTP and HTTPS, 10 to 900 for TCP, 1 to 900 for UDP",
        fieldPath = ".timeouts")
@ValidationRule(
        value = "self.protocol != 'UDP' || !has(self.proxyProtocol)"
                + " || (!self.proxyProtocol.accept && self.proxyProtocol.send != 'V1')",
        message = "UDP listeners do not accept the PROXY protocol, and send version 2 only",
        fieldPath = ".proxyProtocol")
@ValidationRule(
        value = "!has(self.proxyProtocol) || self.proxyProtocol.send == 'None' || !has(self.backendProtocol)"
                + " || self.backendProtocol in ['HTTP', 'HTTPS']",
        message = "servers of HTTP/2 get no PROXY header: their connections are shared by clients",
        fieldPath = ".proxyProtocol")
@ValidationRule(
        value = "self.protocol != 'UDP' || !(self.port in [250, 4789, 4790])",
        message = "ports 250, 4789 and 4790 are reserved on UDP",
        fieldPath = ".port")
@ValidationRule(
        value = "self.protocol in ['HTTP', 'HTTPS'] || !has(self.http)",
        message = "http needs protocol HTTP or HTTPS",
        fieldPath = ".http")
@ApiValue
public record ListenerSpec(
        @JsonPropertyDescription("LoadBalancer of the same namespace that this belongs to. Immutable.")
        @Required
        @ValidationRule(
                value = "self == oldSelf",
                message = "loadBalancerRef is immutable: delete the object and create it again")
        ObjectRef loadBalancerRef,

        @JsonPropertyDescription("What the listener speaks with its clients: TCP, UDP, HTTP or HTTPS.") @Required
        Protocol protocol,

        @JsonPropertyDescription("Port that clients connect to, 1 to 65535. Port and TCP or UDP are unique in a "
                + "LoadBalancer: the oldest listener wins, then the first by name.")
        @Required
        @Min(1)
        @Max(65535)
        Integer port,

        @JsonPropertyDescription("Running (default) or Stopped: connections drain, then the port is closed.")
        @Default("Running")
        ListenerState state,

        @JsonPropertyDescription("Free text. At most 80 characters.") @Size(max = 80)
        String description,

        @JsonPropertyDescription("VServerGroup or MasterSlaveGroup of the namespace that serves what no rule sends "
                + "elsewhere. Absent: the default pool of the LoadBalancer, on backendPort.")
        GroupRef serverGroupRef,

        @JsonPropertyDescription("Port of the servers of the default pool: a number from 1 to 65535, or the name of a "
                + "container port. Needed without serverGroupRef and redirect.")
        IntOrString backendPort,

        @JsonPropertyDescription("HTTP and HTTPS: what the listener speaks with its servers. HTTP (default): "
                + "HTTP/1.1; HTTPS: the same over TLS; H2C: HTTP/2 in clear text; GRPC: gRPC over "
                + "HTTP/2, over TLS with backendTls.")
        BackendProtocol backendProtocol,

        @JsonPropertyDescription("How servers that speak TLS are verified. Goes with backendProtocol HTTPS and GRPC.")
        BackendTlsSpec backendTls,

        @JsonPropertyDescription("How a server is chosen. WRR (default): weighted round robin; RR: round robin; WLC: "
                + "weighted least connections; SCH: consistent hash of the source address (TCP, UDP); "
                + "TCH: consistent hash of both addresses and ports (TCP, UDP); QCH: consistent hash "
                + "of the QUIC connection id (UDP).")
        @Default("WRR")
        Scheduler scheduler,

        @JsonPropertyDescription("Sends a client that comes back to the server that it had. Absent: off.")
        SessionPersistence sessionPersistence,

        @JsonPropertyDescription("How servers are probed. Absent: probed with the default of every field.")
        HealthCheckSpec healthCheck,

        @JsonPropertyDescription("HTTP and HTTPS: rules that send requests to other groups, by host and path. 0 to 40.")
        @Size(max = 40)
        List<Rule> rules,

        @JsonPropertyDescription("HTTPS: certificates and TLS versions. Needed with HTTPS.")
        TlsSpec tls,

        @JsonPropertyDescription("HTTP: answers every request with a redirect to an HTTPS listener of the same "
                + "LoadBalancer; all other settings are ignored then.")
        Redirect redirect,

        @JsonPropertyDescription("Which source addresses may connect. Absent: all.")
        AccessControl accessControl,

        @JsonPropertyDescription("Bandwidth per direction in Mbit/s (10^6 bit/s), reserved out of the LoadBalancer's. "
                + "1 to 5120. Absent: a share of what is left.")
        @Min(1)
        @Max(5120)
        Integer bandwidthMbps,

        @JsonPropertyDescription(
                "Connections that may be open at once; more are refused. 1 to 10000000. Absent: no limit.")
        @Min(1)
        @Max(10000000)
        Integer maxConnections,

        @JsonPropertyDescription("Time limits. Absent: the default of every field.")
        Timeouts timeouts,

        @JsonPropertyDescription("What happens to the connections of a server that leaves or fails. Absent: they run "
                + "on for up to 300 seconds.")
        ConnectionDrain connectionDrain,

        @JsonPropertyDescription("PROXY protocol towards clients and servers. Absent: neither accepted nor sent.")
        ProxyProtocol proxyProtocol,

        @JsonPropertyDescription("HTTP and HTTPS: options of the protocol. Absent: the default of every field.")
        HttpOptions http,

        @JsonPropertyDescription("Access log. Absent: off.") AccessLogSpec accessLog) {
    public ListenerSpec {
        description = Absent.text(description);
        rules = Absent.list(rules);
    }
}
