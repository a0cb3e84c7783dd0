package dev.slb.operator;

import dev.slb.api.ApiObject;
import dev.slb.control.Control;
import dev.slb.kind.ObjectId;
import dev.slb.kind.ObjectKind;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;

import java.util.List;
import java.util.function.Consumer;

/**
 * The reconciler of one kind, and of any: brings forwarders, on every replica, to what an object says, and asks for its status and
 * children to be written. It never waits for the API server: a slow one must not hold up the plan.
 */
final class ObjectReconciler<T extends ApiObject<?, ?>> implements Reconciler<T> {

    private final ObjectKind<T, ?> kind;
    private final ReconcilerTrigger<T> trigger;
    private final Control control;
    private final Measures measures;
    private final Consumer<ObjectId> afterwards;

    /** @param afterwards hears of each object whose meaning was found out */
    ObjectReconciler(
            ObjectKind<T, ?> kind, Changes changes, Control control, Measures measures, Consumer<ObjectId> afterwards) {
        this.kind = kind;
        this.trigger = changes.newTrigger(kind);
        this.control = control;
        this.measures = measures;
        this.afterwards = afterwards;
    }

    ObjectKind<T, ?> kind() {
        return kind;
    }

    @Override
    public List<EventSource<?, T>> prepareEventSources(EventSourceContext<T> context) {
        return List.of(trigger.of(context.getPrimaryCache()));
    }

    @Override
    public UpdateControl<T> reconcile(T object, Context<T> context) {
        ObjectId id = kind.id(object);
        if (measures.reconcile(id, () -> control.translate(id)).isPresent()) {
            afterwards.accept(id);
        }
        return UpdateControl.noUpdate();
    }
}
