package dev.slb.operator;

import dev.slb.control.Control;
import dev.slb.control.ObjectIds;
import dev.slb.plan.DocumentId;
import dev.slb.plan.DocumentKind;
import io.fabric8.kubernetes.api.model.HasMetadata;
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
abstract class ObjectReconciler<P extends HasMetadata> implements Reconciler<P> {

    private final DocumentKind kind;
    private final Changes changes;
    private final Control control;
    private final Consumer<DocumentId> afterwards;

    /** @param afterwards hears of each object whose meaning was found out */
    ObjectReconciler(DocumentKind kind, Changes changes, Control control, Consumer<DocumentId> afterwards) {
        this.kind = kind;
        this.changes = changes;
        this.control = control;
        this.afterwards = afterwards;
    }

    @Override
    public List<EventSource<?, P>> prepareEventSources(EventSourceContext<P> context) {
        return List.of(changes.<P>trigger(kind).of(context.getPrimaryCache()));
    }

    @Override
    public UpdateControl<P> reconcile(P object, Context<P> context) {
        DocumentId id = ObjectIds.of(object);
        control.translate(id);
        afterwards.accept(id);
        return UpdateControl.noUpdate();
    }
}
