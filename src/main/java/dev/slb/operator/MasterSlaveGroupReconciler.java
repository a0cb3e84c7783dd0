package dev.slb.operator;

import dev.slb.api.MasterSlaveGroup;
import dev.slb.control.Control;
import dev.slb.plan.DocumentId;
import dev.slb.plan.DocumentKind;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;

import java.util.function.Consumer;

/** Reconciles MasterSlaveGroups, see {@link dev.slb.translate.MasterSlaveGroupTranslator} for their conditions. */
@ControllerConfiguration(name = "masterslavegroup")
final class MasterSlaveGroupReconciler extends ObjectReconciler<MasterSlaveGroup> {

    MasterSlaveGroupReconciler(Changes changes, Control control, Consumer<DocumentId> afterwards) {
        super(DocumentKind.MASTER_SLAVE_GROUP, changes, control, afterwards);
    }
}
