package dev.slb.kind;

import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.MasterSlaveGroupSpec;
import dev.slb.plan.DocumentKind;
import dev.slb.translate.MasterSlaveGroupTranslation;
import dev.slb.translate.MasterSlaveGroupTranslator;
import dev.slb.translate.Snapshot;
import dev.slb.translate.status.MasterSlaveGroupStatusFactory;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** One document. */
final class MasterSlaveGroupKind extends ObjectKind<MasterSlaveGroup, MasterSlaveGroupTranslation> {

    MasterSlaveGroupKind() {
        super(
                MasterSlaveGroup.class,
                MasterSlaveGroupTranslation.class,
                Share.SERVERS,
                DocumentKind.MASTER_SLAVE_GROUP);
    }

    @Override
    public Needs needs(MasterSlaveGroup object) {
        MasterSlaveGroupSpec spec = object.getSpec();
        return spec == null
                ? Needs.of(Set.of())
                : Needs.of(loadBalancer(object, spec.loadBalancerRef()))
                        .withServers(Arrays.asList(spec.master(), spec.slave()));
    }

    @Override
    public Object recorded(MasterSlaveGroup object) {
        return null;
    }

    /** Whose it is, or that nobody knows. */
    @Override
    public Object outline(MasterSlaveGroup object) {
        return List.of(needs(object).loadBalancers(), object.unreadable().isEmpty());
    }

    @Override
    public Object claim(MasterSlaveGroup object) {
        return null;
    }

    @Override
    public MasterSlaveGroupTranslation translate(MasterSlaveGroup object, Snapshot snapshot) {
        return MasterSlaveGroupTranslator.translate(object, snapshot);
    }

    @Override
    public MasterSlaveGroup withStatus(
            MasterSlaveGroup present, MasterSlaveGroupTranslation translation, StatusFacts facts) {
        return copy(
                present,
                new MasterSlaveGroup(),
                MasterSlaveGroupStatusFactory.status(
                        present, translation, facts.reports(), present.conditions(), facts.now()));
    }

    @Override
    public MasterSlaveGroup withStatusOf(MasterSlaveGroup other, MasterSlaveGroup object) {
        return copy(object, new MasterSlaveGroup(), other.getStatus());
    }
}
