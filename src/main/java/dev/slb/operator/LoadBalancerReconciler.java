package dev.slb.operator;

import dev.slb.api.LoadBalancer;
import dev.slb.control.Control;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;

import java.util.function.Consumer;

/** Reconciles LoadBalancers, see {@link dev.slb.translate.LoadBalancerTranslator} for their conditions. */
@ControllerConfiguration(name = "loadbalancer")
final class LoadBalancerReconciler extends ObjectReconciler<LoadBalancer> {

    LoadBalancerReconciler(Changes changes, Control control, Consumer<ObjectId> afterwards) {
        super(Kinds.LOAD_BALANCER, changes, control, afterwards);
    }
}
