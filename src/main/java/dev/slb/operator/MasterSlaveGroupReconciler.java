package dev.slb.operator;

import dev.slb.api.MasterSlaveGroup;
import dev.slb.control.Control;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;

import java.util.function.Consumer;

/** Reconciles MasterSlaveGroups, see {@link dev.slb.translate.MasterSlaveGroupTranslator} for their conditions. */
@ControllerConfiguration(name = "masterslavegroup")
final class MasterSlaveGroupReconciler extends ObjectReconciler<MasterSlaveGroup> {

    MasterSlaveGroupReconciler(Changes changes, Control control, Consumer<ObjectId> afterwards) {
        super(Kinds.MASTER_SLAVE_GROUP, changes, control, afterwards);
    }
}
