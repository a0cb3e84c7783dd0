package dev.slb.forwarder.schedule;

/** Always the same one: the active role of a master-slave group. */
public record Fixed<T>(T candidate) implements Picker<T> {

    @Override
    public T pick(PickContext context) {
        return context.tried(candidate) ? null : candidate;
    }
}
