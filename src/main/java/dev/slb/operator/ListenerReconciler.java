package dev.slb.operator;

import dev.slb.api.Listener;
import dev.slb.control.Control;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;

import java.util.function.Consumer;

/** Reconciles Listeners, see {@link dev.slb.translate.ListenerTranslator} for their conditions. */
@ControllerConfiguration(name = "listener")
final class ListenerReconciler extends ObjectReconciler<Listener> {

    ListenerReconciler(Changes changes, Control control, Consumer<ObjectId> afterwards) {
        super(Kinds.LISTENER, changes, control, afterwards);
    }
}
