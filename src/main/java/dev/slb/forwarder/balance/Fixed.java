package dev.slb.forwarder.balance;

/** Always the same one: the active role of a master-slave group. */
public record Fixed<T>(T candidate) implements Balancer<T> {

    @Override
    public T pick(PickContext context) {
        return context.tried(candidate) ? null : candidate;
    }
}
