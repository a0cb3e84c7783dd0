package dev.slb.kind;

import dev.slb.api.VServerGroup;
import dev.slb.api.VServerGroupSpec;
import dev.slb.plan.DocumentKind;
import dev.slb.translate.Snapshot;
import dev.slb.translate.VServerGroupTranslation;
import dev.slb.translate.VServerGroupTranslator;
import dev.slb.translate.status.VServerGroupStatusFactory;

import java.util.List;
import java.util.Set;

/** One document. */
final class VServerGroupKind extends ObjectKind<VServerGroup, VServerGroupTranslation> {

    VServerGroupKind() {
        super(VServerGroup.class, VServerGroupTranslation.class, Share.SERVERS, DocumentKind.V_SERVER_GROUP);
    }

    @Override
    public Needs needs(VServerGroup object) {
        VServerGroupSpec spec = object.getSpec();
        return spec == null
                ? Needs.of(Set.of())
                : Needs.of(loadBalancer(object, spec.loadBalancerRef())).withServers(spec.servers());
    }

    @Override
    public Object recorded(VServerGroup object) {
        return null;
    }

    /** Whose it is, or that nobody knows. */
    @Override
    public Object outline(VServerGroup object) {
        return List.of(needs(object).loadBalancers(), object.unreadable().isEmpty());
    }

    @Override
    public Object claim(VServerGroup object) {
        return null;
    }

    @Override
    public VServerGroupTranslation translate(VServerGroup object, Snapshot snapshot) {
        return VServerGroupTranslator.translate(object, snapshot);
    }

    @Override
    public VServerGroup withStatus(VServerGroup present, VServerGroupTranslation translation, StatusFacts facts) {
        return copy(
                present,
                new VServerGroup(),
                VServerGroupStatusFactory.status(
                        present, translation, facts.reports(), present.conditions(), facts.now()));
    }

    @Override
    public VServerGroup withStatusOf(VServerGroup other, VServerGroup object) {
        return copy(object, new VServerGroup(), other.getStatus());
    }
}
