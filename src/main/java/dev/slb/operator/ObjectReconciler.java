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
 * Brings forwarders, on every replica, to what an object says, and asks for its status and children to be written. It never waits
 * for the API server: a slow one must not hold up the plan.
 */
abstract class ObjectReconciler<P extends ApiObject<?, ?>> implements Reconciler<P> {

    private final ObjectKind<P, ?> kind;
    private final ReconcilerTrigger<P> trigger;
    private final Control control;
    private final Consumer<ObjectId> afterwards;

    /** @param afterwards hears of each object whose meaning was found out */
    ObjectReconciler(ObjectKind<P, ?> kind, Changes changes, Control control, Consumer<ObjectId> afterwards) {
        this.kind = kind;
        this.trigger = changes.newTrigger(kind);
        this.control = control;
        this.afterwards = afterwards;
    }

    @Override
    public List<EventSource<?, P>> prepareEventSources(EventSourceContext<P> context) {
        return List.of(trigger.of(context.getPrimaryCache()));
    }

    @Override
    public UpdateControl<P> reconcile(P object, Context<P> context) {
        ObjectId id = kind.id(object);
        control.translate(id);
        afterwards.accept(id);
        return UpdateControl.noUpdate();
    }
}
