package dev.slb.control.world;

import dev.slb.api.Listener;
import dev.slb.api.LoadBalancer;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.VServerGroup;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.plan.DocumentId;
import dev.slb.plan.Secret;
import dev.slb.translate.Candidate;
import dev.slb.translate.Claims;
import dev.slb.translate.ConfigMapFacts;
import dev.slb.translate.Holdings;
import dev.slb.translate.NodeFacts;
import dev.slb.translate.PodFacts;
import dev.slb.translate.SecretFacts;
import dev.slb.translate.Settings;
import dev.slb.translate.Snapshot;
import io.fabric8.kubernetes.api.model.LabelSelector;

import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The world as translation sees it: a view, which is at rest only as long as nobody changes the world. */
final class WorldSnapshot implements Snapshot {

    private final ObjectStore objects;
    private final Facts facts;
    private final CertificateClock certificateClock;
    private final Settings settings;
    private final ServerIndex servers = new ServerIndex(this);
    /** By LoadBalancer; found out when somebody asks, by any reader. */
    private final Map<ObjectId, Claims> claims = new ConcurrentHashMap<>();

    WorldSnapshot(ObjectStore objects, Facts facts, CertificateClock certificateClock, Settings settings) {
        this.objects = objects;
        this.facts = facts;
        this.certificateClock = certificateClock;
        this.settings = settings;
    }

    ServerIndex servers() {
        return servers;
    }

    @Override
    public Settings settings() {
        return settings;
    }

    @Override
    public Optional<LoadBalancer> loadBalancer(String namespace, String name) {
        return objects.find(Kinds.LOAD_BALANCER, Kinds.LOAD_BALANCER.id(namespace, name));
    }

    @Override
    public Optional<VServerGroup> vServerGroup(String namespace, String name) {
        return objects.find(Kinds.V_SERVER_GROUP, Kinds.V_SERVER_GROUP.id(namespace, name));
    }

    @Override
    public Optional<MasterSlaveGroup> masterSlaveGroup(String namespace, String name) {
        return objects.find(Kinds.MASTER_SLAVE_GROUP, Kinds.MASTER_SLAVE_GROUP.id(namespace, name));
    }

    @Override
    public Collection<Listener> listenersOf(String namespace, String loadBalancer) {
        return objects.partsOf(Kinds.LOAD_BALANCER.id(namespace, loadBalancer), Kinds.LISTENER);
    }

    @Override
    public Claims claims(String namespace, String loadBalancer) {
        return claims.computeIfAbsent(
                Kinds.LOAD_BALANCER.id(namespace, loadBalancer),
                id -> Claims.of(
                        listenersOf(namespace, loadBalancer),
                        loadBalancer(namespace, loadBalancer),
                        holdings(),
                        settings.quotas().listeners()));
    }

    void forgetClaims(Set<ObjectId> loadBalancers) {
        claims.keySet().removeAll(loadBalancers);
    }

    void forgetClaims() {
        claims.clear();
    }

    @Override
    public Optional<PodFacts> pod(String namespace, String name) {
        return Optional.ofNullable(servers.pod(namespace, name));
    }

    @Override
    public Collection<PodFacts> pods(String namespace, LabelSelector selector) {
        return servers.pods(namespace, selector);
    }

    @Override
    public boolean isWithinQuota(DocumentId loadBalancer, Candidate candidate) {
        return servers.isWithinQuota(Kinds.LOAD_BALANCER.id(loadBalancer.namespace(), loadBalancer.name()), candidate);
    }

    @Override
    public Optional<NodeFacts> node(String name) {
        return Optional.ofNullable(facts.node(name));
    }

    @Override
    public Optional<SecretFacts> secret(String namespace, String name) {
        return Optional.ofNullable(facts.secret(new NamespacedName(namespace, name)));
    }

    @Override
    public Optional<ConfigMapFacts> configMap(String namespace, String name) {
        return Optional.ofNullable(facts.configMap(new NamespacedName(namespace, name)));
    }

    @Override
    public Instant certificatesAsOf() {
        return certificateClock.asOf();
    }

    @Override
    public Optional<Secret> cookieKey(String namespace, String loadBalancer) {
        return Optional.ofNullable(facts.cookieKey(Kinds.LOAD_BALANCER.id(namespace, loadBalancer)));
    }

    @Override
    public int readyForwarders(String namespace, String loadBalancer) {
        return facts.readyForwarders();
    }

    @Override
    public Collection<String> forwarderAddresses() {
        return facts.forwarderAddresses();
    }

    @Override
    public Holdings holdings() {
        return facts.holdings();
    }
}
