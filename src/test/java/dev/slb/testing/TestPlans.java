package dev.slb.testing;

import dev.slb.plan.DocumentId;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.LoadBalancerPlan;
import dev.slb.plan.ServerPlan;

import java.util.stream.LongStream;

/** Small valid plan documents of the LoadBalancer {@code shop/shop}. */
public final class TestPlans {

    public static final DocumentId SHOP = DocumentId.loadBalancer("shop", "shop");

    private TestPlans() {}

    public static LoadBalancerPlan loadBalancer(int forwarders) {
        return new LoadBalancerPlan(SHOP, forwarders, null, null, null);
    }

    /** A VServerGroup with a server for each weight. */
    public static GroupPlan group(String name, long... weights) {
        return group(SHOP, name, weights);
    }

    public static GroupPlan group(DocumentId loadBalancer, String name, long... weights) {
        return new GroupPlan(
                DocumentId.vServerGroup(loadBalancer.namespace(), name),
                loadBalancer,
                LongStream.range(0, weights.length)
                        .mapToObj(i -> new ServerPlan(
                                "s" + i,
                                "s" + i,
                                "127.0.0.1",
                                1000 + (int) i,
                                null,
                                weights[(int) i],
                                null,
                                null,
                                false))
                        .toList());
    }
}
