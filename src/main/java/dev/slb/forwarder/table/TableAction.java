package dev.slb.forwarder.table;

/** A {@link dev.slb.plan.Action} with what it names resolved. */
public sealed interface TableAction {

    record Forward(TargetRuntime target) implements TableAction {}

    record Unavailable(String reason) implements TableAction {}

    record Redirect(int port, int statusCode) implements TableAction {}
}
