package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

import java.util.List;

/** What a listener does with a connection or request. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "do")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Action.Forward.class, name = "forward"),
    @JsonSubTypes.Type(value = Action.Unavailable.class, name = "unavailable"),
    @JsonSubTypes.Type(value = Action.Redirect.class, name = "redirect")
})
public sealed interface Action {

    List<String> validate(ListenerProtocol protocol);

    /**
     * Picks a server of a group.
     *
     * @param port for the default pool, which has no ports of its own: the port of every server
     * @param healthCheck null: no checks, every server counts as good
     * @param persistence null: off
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Forward(
            DocumentId group,
            BackendPort port,
            SchedulerType scheduler,
            HealthCheckPlan healthCheck,
            PersistencePlan persistence)
            implements Action {

        @Override
        public List<String> validate(ListenerProtocol protocol) {
            Problems problems = new Problems();
            problems.require(group != null && group.kind().isGroup(), "group", "is not the id of a group");
            problems.require(scheduler != null, "scheduler", "is missing");
            if (group != null) {
                problems.require(
                        (group.kind() == DocumentKind.POOL) == (port != null),
                        "port",
                        "belongs to the default pool, and there it is needed");
                problems.require(
                        group.kind() != DocumentKind.MASTER_SLAVE_GROUP || (protocol != null && !protocol.isLayer7()),
                        "group",
                        "is a master-slave group, which only layer 4 can use");
            }
            if (port != null) {
                problems.addAll("port", port.validate());
            }
            if (healthCheck != null) {
                problems.addAll("healthCheck", healthCheck.validate());
            }
            if (persistence != null) {
                problems.addAll("persistence", persistence.validate(protocol));
            }
            boolean hash = scheduler == SchedulerType.SCH || scheduler == SchedulerType.TCH;
            problems.require(
                    protocol == null || !hash || !protocol.isLayer7(), "scheduler", scheduler + " belongs to layer 4");
            problems.require(
                    scheduler != SchedulerType.QCH || protocol == ListenerProtocol.UDP,
                    "scheduler",
                    "QCH belongs to UDP");
            return problems.list();
        }
    }

    /**
     * Refuses: 503 on layer 7, RST on layer 4.
     *
     * @param reason for the reason header and the counters, such as {@code GroupNotFound}
     */
    record Unavailable(String reason) implements Action {
        @Override
        public List<String> validate(ListenerProtocol protocol) {
            return new Problems()
                    .require(reason != null && !reason.isEmpty(), "reason", "is missing")
                    .list();
        }
    }

    /**
     * Sends the client to an HTTPS listener, with host, path and query kept.
     *
     * @param port port of that listener
     * @param statusCode 301, 302, 307 or 308
     */
    record Redirect(int port, int statusCode) implements Action {
        @Override
        public List<String> validate(ListenerProtocol protocol) {
            return new Problems()
                    .require(protocol == ListenerProtocol.HTTP, "do", "redirect belongs to HTTP listeners")
                    .requirePort(port, "port")
                    .require(
                            List.of(301, 302, 307, 308).contains(statusCode),
                            "statusCode",
                            "must be 301, 302, 307 or 308")
                    .list();
        }
    }
}
