package dev.slb.kind;

import dev.slb.api.GroupRef;
import dev.slb.api.Listener;
import dev.slb.api.ListenerSpec;
import dev.slb.api.ListenerStatus;
import dev.slb.api.ObjectRef;
import dev.slb.api.Rule;
import dev.slb.api.SniCertificate;
import dev.slb.plan.DocumentKind;
import dev.slb.translate.Claims;
import dev.slb.translate.ListenerTranslation;
import dev.slb.translate.ListenerTranslator;
import dev.slb.translate.Snapshot;
import dev.slb.translate.status.ListenerStatusFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/** One document. The port to bind is recorded in its status. */
final class ListenerKind extends ObjectKind<Listener, ListenerTranslation> {

    ListenerKind() {
        super(Listener.class, ListenerTranslation.class, Share.PORTS, DocumentKind.LISTENER);
    }

    @Override
    public Needs needs(Listener object) {
        ListenerSpec spec = object.getSpec();
        return spec == null
                ? Needs.of(Set.of())
                : new Needs(
                        new TreeSet<>(loadBalancer(object, spec.loadBalancerRef())),
                        groups(object.getMetadata().getNamespace(), spec),
                        List.of(),
                        secrets(spec));
    }

    /** Which of the two kinds a rule means is not said, and a name that is taken by the other kind counts too. */
    private static SortedSet<ObjectId> groups(String namespace, ListenerSpec spec) {
        Stream<String> own = Stream.ofNullable(spec.serverGroupRef()).map(GroupRef::name);
        Stream<String> ofRules = spec.rules().stream()
                .map(Rule::serverGroupRef)
                .filter(Objects::nonNull)
                .map(ObjectRef::name);
        SortedSet<ObjectId> groups = new TreeSet<>();
        Stream.concat(own, ofRules).filter(Objects::nonNull).forEach(name -> {
            groups.add(Kinds.V_SERVER_GROUP.id(namespace, name));
            groups.add(Kinds.MASTER_SLAVE_GROUP.id(namespace, name));
        });
        return groups;
    }

    private static NamedSecrets secrets(ListenerSpec spec) {
        List<ObjectRef> certificates = new ArrayList<>();
        List<ObjectRef> authorities = new ArrayList<>();
        if (spec.tls() != null) {
            certificates.add(spec.tls().certificateRef());
            spec.tls().sni().stream().map(SniCertificate::certificateRef).forEach(certificates::add);
            authorities.add(spec.tls().clientCARef());
        }
        if (spec.backendTls() != null) {
            authorities.add(spec.backendTls().caRef());
        }
        return NamedSecrets.of(certificates, authorities);
    }

    /** The port to bind. */
    @Override
    public Integer recorded(Listener object) {
        return object.getStatus() == null ? null : object.getStatus().bindPort();
    }

    @Override
    public Object outline(Listener object) {
        return null;
    }

    /** Its port with its age, its bandwidth, and whether its LoadBalancer needs a key for it. */
    @Override
    public Object claim(Listener object) {
        return Claims.madeBy(object);
    }

    @Override
    public ListenerTranslation translate(Listener object, Snapshot snapshot) {
        return ListenerTranslator.translate(object, snapshot);
    }

    @Override
    public Listener withStatus(Listener present, ListenerTranslation translation, StatusFacts facts) {
        ListenerStatus status = ListenerStatusFactory.status(
                present, translation, facts.reports(), facts.documents(), present.conditions(), facts.now());
        Integer bindPort = facts.bindPort() == null ? status.bindPort() : facts.bindPort();
        return copy(
                present,
                new Listener(),
                new ListenerStatus(
                        status.observedGeneration(),
                        status.conditions(),
                        bindPort,
                        status.worstCaseFailoverSeconds(),
                        status.servers()));
    }

    @Override
    public Listener withStatusOf(Listener other, Listener object) {
        return copy(object, new Listener(), other.getStatus());
    }
}
