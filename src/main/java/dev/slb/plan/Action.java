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
    @JsonSubTypes.Type(value = Action.Redirect.class, name = "redirect"),
    @JsonSubTypes.Type(value = Action.Keep.class, name = "keep")
})
public sealed interface Action {

    List<String> validate(ListenerProtocol protocol);

    /**
     * Picks a server of a group.
     *
     * @param port for the default pool, which has no ports of its own: the port of every server
     * @param healthCheck null: no checks, every server counts as good
     * @param persistence null: off
     * @param passive null: {@link PassivePlan#DEFAULT}, which is never written; of no meaning for a master-slave group
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Forward(
            DocumentId group,
            BackendPort port,
            SchedulerType scheduler,
            HealthCheckPlan healthCheck,
            PersistencePlan persistence,
            PassivePlan passive)
            implements Action {

        public Forward {
            passive = PassivePlan.DEFAULT.equals(passive) ? null : passive;
        }

        /** With what is usual of {@link PassivePlan}. */
        public Forward(
                DocumentId group,
                BackendPort port,
                SchedulerType scheduler,
                HealthCheckPlan healthCheck,
                PersistencePlan persistence) {
            this(group, port, scheduler, healthCheck, persistence, null);
        }

        /**
         * The port of a server of the group. Null when it is none for this action: it has no port of that name, or its node is
         * silent and no check here would notice that it is dead.
         */
        public Integer portOf(ServerPlan server) {
            if (server.silent() && (healthCheck == null || !healthCheck.noticesSilence())) {
                return null;
            }
            return port == null ? server.port() : port.resolve(server);
        }

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
                        !group.kind().hasRoles() || (protocol != null && !protocol.isLayer7()),
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
            if (passive != null) {
                problems.addAll("passive", passive.validate());
            }
            if (scheduler != null && scheduler.udpOnly()) {
                problems.require(protocol == ListenerProtocol.UDP, "scheduler", scheduler + " belongs to UDP");
            } else if (scheduler != null && scheduler.layer4Only()) {
                problems.require(
                        protocol == null || !protocol.isLayer7(), "scheduler", scheduler + " belongs to layer 4");
            }
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

    /**
     * Goes on with what the forwarder did last under this rule's name, or when no rule matched, as long as that can be done:
     * for a reference that can't be used. Only the forwarder knows what that was.
     *
     * @param otherwise for a forwarder that did nothing yet, or whose group is gone
     * @param kept what a forwarder remembers; null in documents of the control plane
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Keep(Unavailable otherwise, Kept kept) implements Action {

        public Keep(Unavailable otherwise) {
            this(otherwise, null);
        }

        @Override
        public List<String> validate(ListenerProtocol protocol) {
            Problems problems = new Problems();
            problems.require(otherwise != null, "otherwise", "is missing");
            if (otherwise != null) {
                problems.addAll("otherwise", otherwise.validate(protocol));
            }
            if (kept != null) {
                problems.addAll("kept", kept.validate(protocol));
            }
            return problems.list();
        }
    }

    /**
     * What was done before.
     *
     * @param action {@link Forward} or {@link Redirect}
     * @param backend what its servers are spoken to in, see {@link ListenerPlan#backend}
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Kept(Action action, BackendPlan backend) {

        List<String> validate(ListenerProtocol protocol) {
            Problems problems = new Problems();
            problems.require(
                    action instanceof Forward || action instanceof Redirect, "action", "must forward or redirect");
            if (action != null) {
                problems.addAll("action", action.validate(protocol));
            }
            if (backend != null) {
                problems.require(protocol == null || protocol.isLayer7(), "backend", "belongs to layer 7");
                problems.addAll("backend", backend.validate());
            }
            return problems.list();
        }
    }
}
