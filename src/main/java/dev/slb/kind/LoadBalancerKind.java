package dev.slb.kind;

import dev.slb.api.LoadBalancer;
import dev.slb.api.LoadBalancerSpec;
import dev.slb.plan.DocumentKind;
import dev.slb.translate.LoadBalancerTranslation;
import dev.slb.translate.LoadBalancerTranslator;
import dev.slb.translate.Snapshot;
import dev.slb.translate.status.LoadBalancerStatusFactory;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Its own document and that of its default pool. */
final class LoadBalancerKind extends ObjectKind<LoadBalancer, LoadBalancerTranslation> {

    LoadBalancerKind() {
        super(
                LoadBalancer.class,
                LoadBalancerTranslation.class,
                Share.SERVERS,
                DocumentKind.LOAD_BALANCER,
                DocumentKind.POOL);
    }

    @Override
    public Needs needs(LoadBalancer object) {
        return Needs.of(Set.of(id(object)))
                .withServers(
                        object.getSpec() == null ? List.of() : object.getSpec().servers());
    }

    @Override
    public Object recorded(LoadBalancer object) {
        return null;
    }

    /** All that is not its own: what listeners share, and where servers may be. */
    @Override
    public Object outline(LoadBalancer object) {
        LoadBalancerSpec spec = object.getSpec();
        return spec == null ? null : Arrays.asList(spec.region(), spec.bandwidthMbps(), spec.forwarder());
    }

    @Override
    public Object claim(LoadBalancer object) {
        return null;
    }

    @Override
    public LoadBalancerTranslation translate(LoadBalancer object, Snapshot snapshot) {
        return LoadBalancerTranslator.translate(object, snapshot);
    }

    @Override
    public LoadBalancer withStatus(LoadBalancer present, LoadBalancerTranslation translation, StatusFacts facts) {
        return copy(
                present,
                new LoadBalancer(),
                LoadBalancerStatusFactory.status(
                        present,
                        translation,
                        facts.parts().apply(present),
                        facts.reports(),
                        facts.addresses().apply(present),
                        LoadBalancerStatusFactory.count(facts.listeners().apply(present)),
                        present.conditions(),
                        facts.now()));
    }

    @Override
    public LoadBalancer withStatusOf(LoadBalancer other, LoadBalancer object) {
        return copy(object, new LoadBalancer(), other.getStatus());
    }
}
