package dev.slb.operator;

import io.fabric8.kubernetes.client.informers.ResourceEventHandler;

import java.util.function.Consumer;

/** An informer's events, new and changed objects alike. */
record InformerEvents<T>(Consumer<T> put, Consumer<T> remove) implements ResourceEventHandler<T> {

    @Override
    public void onAdd(T object) {
        put.accept(object);
    }

    @Override
    public void onUpdate(T before, T object) {
        put.accept(object);
    }

    @Override
    public void onDelete(T object, boolean finalStateUnknown) {
        remove.accept(object);
    }
}
