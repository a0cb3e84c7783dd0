package dev.slb.control.world;

import dev.slb.api.ApiObject;
import dev.slb.api.Listener;
import dev.slb.api.LoadBalancer;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.VServerGroup;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.kind.ObjectKind;
import dev.slb.plan.DocumentId;
import dev.slb.plan.Secret;
import dev.slb.translate.Candidate;
import dev.slb.translate.Claims;
import dev.slb.translate.ConfigMapFacts;
import dev.slb.translate.Holdings;
import dev.slb.translate.LabelSelectors;
import dev.slb.translate.NodeFacts;
import dev.slb.translate.PodFacts;
import dev.slb.translate.SecretFacts;
import dev.slb.translate.Settings;
import dev.slb.translate.Snapshot;
import io.fabric8.kubernetes.api.model.LabelSelector;

import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** A world without any index: each question is answered by a look at everything. */
final class PlainSnapshot implements Snapshot {

    final Map<ObjectId, ApiObject<?, ?>> objects = new TreeMap<>();
    /** By namespace and name. */
    final Map<List<String>, PodFacts> pods = new HashMap<>();

    final Map<String, NodeFacts> nodes = new TreeMap<>();
    Set<String> forwarders = Set.of();
    private final Settings settings;

    PlainSnapshot(Settings settings) {
        this.settings = settings;
    }

    private <T extends ApiObject<?, ?>> Optional<T> find(ObjectKind<T, ?> kind, String namespace, String name) {
        return Optional.<ApiObject<?, ?>>ofNullable(objects.get(kind.id(namespace, name)))
                .flatMap(kind::of);
    }

    private <T extends ApiObject<?, ?>> List<T> partsOf(ObjectKind<T, ?> kind, String namespace, String name) {
        return objects.values().stream()
                .map(kind::of)
                .flatMap(Optional::stream)
                .filter(part -> kind.needs(part).loadBalancers().contains(Kinds.LOAD_BALANCER.id(namespace, name)))
                .toList();
    }

    @Override
    public Optional<LoadBalancer> loadBalancer(String namespace, String name) {
        return find(Kinds.LOAD_BALANCER, namespace, name);
    }

    @Override
    public Optional<VServerGroup> vServerGroup(String namespace, String name) {
        return find(Kinds.V_SERVER_GROUP, namespace, name);
    }

    @Override
    public Optional<MasterSlaveGroup> masterSlaveGroup(String namespace, String name) {
        return find(Kinds.MASTER_SLAVE_GROUP, namespace, name);
    }

    @Override
    public Collection<Listener> listenersOf(String namespace, String loadBalancer) {
        return partsOf(Kinds.LISTENER, namespace, loadBalancer);
    }

    @Override
    public Claims claims(String namespace, String loadBalancer) {
        return Claims.of(
                listenersOf(namespace, loadBalancer),
                loadBalancer(namespace, loadBalancer),
                holdings(),
                settings.quotas().listeners());
    }

    /** Those of the namespace whose {@code loadBalancerRef} has this name, whether or not it exists. */
    Collection<VServerGroup> vServerGroupsOf(String namespace, String loadBalancer) {
        return partsOf(Kinds.V_SERVER_GROUP, namespace, loadBalancer);
    }

    /** Those of the namespace whose {@code loadBalancerRef} has this name, whether or not it exists. */
    Collection<MasterSlaveGroup> masterSlaveGroupsOf(String namespace, String loadBalancer) {
        return partsOf(Kinds.MASTER_SLAVE_GROUP, namespace, loadBalancer);
    }

    @Override
    public Optional<PodFacts> pod(String namespace, String name) {
        return Optional.ofNullable(pods.get(List.of(namespace, name)));
    }

    @Override
    public Collection<PodFacts> pods(String namespace, LabelSelector selector) {
        return pods.values().stream()
                .filter(pod -> pod.namespace().equals(namespace) && LabelSelectors.matches(selector, pod.labels()))
                .toList();
    }

    @Override
    public boolean isWithinQuota(DocumentId loadBalancer, Candidate candidate) {
        throw new UnsupportedOperationException("for the reference to say");
    }

    @Override
    public Optional<NodeFacts> node(String name) {
        return Optional.ofNullable(nodes.get(name));
    }

    @Override
    public Optional<SecretFacts> secret(String namespace, String name) {
        return Optional.empty();
    }

    @Override
    public Optional<ConfigMapFacts> configMap(String namespace, String name) {
        return Optional.empty();
    }

    @Override
    public Instant certificatesAsOf() {
        return Instant.EPOCH;
    }

    @Override
    public Optional<Secret> cookieKey(String namespace, String loadBalancer) {
        return Optional.empty();
    }

    @Override
    public int readyForwarders(String namespace, String loadBalancer) {
        return 1;
    }

    @Override
    public Collection<String> forwarderAddresses() {
        return forwarders;
    }

    @Override
    public Holdings holdings() {
        return Holdings.NONE;
    }

    @Override
    public Settings settings() {
        return settings;
    }
}
