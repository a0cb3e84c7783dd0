package dev.slb.operator;

import dev.slb.api.VServerGroup;
import dev.slb.control.Control;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;

import java.util.function.Consumer;

/** Reconciles VServerGroups, see {@link dev.slb.translate.VServerGroupTranslator} for their conditions. */
@ControllerConfiguration(name = "vservergroup")
final class VServerGroupReconciler extends ObjectReconciler<VServerGroup> {

    VServerGroupReconciler(Changes changes, Control control, Consumer<ObjectId> afterwards) {
        super(Kinds.V_SERVER_GROUP, changes, control, afterwards);
    }
}
