package dev.slb.operator;

import dev.slb.api.LoadBalancer;
import dev.slb.control.Control;
import dev.slb.plan.DocumentId;
import dev.slb.plan.DocumentKind;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;

import java.util.function.Consumer;

/** Reconciles LoadBalancers, see {@link dev.slb.translate.LoadBalancerTranslator} for their conditions. */
@ControllerConfiguration(name = "loadbalancer")
final class LoadBalancerReconciler extends ObjectReconciler<LoadBalancer> {

    LoadBalancerReconciler(Changes changes, Control control, Consumer<DocumentId> afterwards) {
        super(DocumentKind.LOAD_BALANCER, changes, control, afterwards);
    }
}
