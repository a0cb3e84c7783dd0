package dev.slb.translate;

import dev.slb.api.Listener;
import dev.slb.api.LoadBalancer;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.ObjectRef;
import dev.slb.api.VServerGroup;
import dev.slb.plan.Secret;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A snapshot of plain objects, as files have them. Objects of other kinds than translation reads are ignored. */
public final class ObjectsSnapshot implements Snapshot {

    private final Settings settings;
    private final int forwarders;
    private final Set<String> forwarderAddresses;
    private final Instant certificatesAsOf;
    private final Secret cookieKey;

    private final Map<Key, LoadBalancer> loadBalancers = new HashMap<>();
    private final Map<Key, VServerGroup> vServerGroups = new HashMap<>();
    private final Map<Key, MasterSlaveGroup> masterSlaveGroups = new HashMap<>();
    private final Map<Key, PodFacts> pods = new HashMap<>();
    private final Map<String, NodeFacts> nodes = new HashMap<>();
    private final Map<Key, SecretFacts> secrets = new HashMap<>();
    private final Map<Key, ConfigMapFacts> configMaps = new HashMap<>();

    private final Map<Key, List<Listener>> listenersByLoadBalancer = new HashMap<>();
    private final Map<Key, List<VServerGroup>> vServerGroupsByLoadBalancer = new HashMap<>();
    private final Map<Key, List<MasterSlaveGroup>> masterSlaveGroupsByLoadBalancer = new HashMap<>();
    private final Map<String, List<PodFacts>> podsByNamespace = new HashMap<>();

    /**
     * @param objects each with a namespace where its kind has one, and none twice
     * @param forwarders number of ready forwarders, which serve every LoadBalancer
     * @param forwarderAddresses IP literals
     * @param cookieKey of every LoadBalancer, or null: none has one
     */
    public ObjectsSnapshot(
            Collection<? extends HasMetadata> objects,
            Settings settings,
            int forwarders,
            Collection<String> forwarderAddresses,
            Instant certificatesAsOf,
            Secret cookieKey) {
        this.settings = settings;
        this.forwarders = forwarders;
        this.forwarderAddresses = Set.copyOf(forwarderAddresses);
        this.certificatesAsOf = certificatesAsOf;
        this.cookieKey = cookieKey;
        objects.forEach(this::add);
    }

    private void add(HasMetadata object) {
        if (object instanceof LoadBalancer loadBalancer) {
            loadBalancers.put(Key.of(object), loadBalancer);
        } else if (object instanceof Listener listener) {
            ObjectRef ref =
                    listener.getSpec() == null ? null : listener.getSpec().loadBalancerRef();
            addTo(listenersByLoadBalancer, listener, ref);
        } else if (object instanceof VServerGroup group) {
            vServerGroups.put(Key.of(object), group);
            addTo(
                    vServerGroupsByLoadBalancer,
                    group,
                    group.getSpec() == null ? null : group.getSpec().loadBalancerRef());
        } else if (object instanceof MasterSlaveGroup group) {
            masterSlaveGroups.put(Key.of(object), group);
            addTo(
                    masterSlaveGroupsByLoadBalancer,
                    group,
                    group.getSpec() == null ? null : group.getSpec().loadBalancerRef());
        } else if (object instanceof Pod pod) {
            PodFacts facts = PodFacts.of(pod);
            pods.put(Key.of(object), facts);
            podsByNamespace
                    .computeIfAbsent(facts.namespace(), namespace -> new ArrayList<>())
                    .add(facts);
        } else if (object instanceof Node node) {
            nodes.put(node.getMetadata().getName(), NodeFacts.of(node));
        } else if (object instanceof io.fabric8.kubernetes.api.model.Secret secret) {
            secrets.put(Key.of(object), SecretFacts.of(secret));
        } else if (object instanceof ConfigMap configMap) {
            configMaps.put(Key.of(object), ConfigMapFacts.of(configMap));
        }
    }

    private static <T extends HasMetadata> void addTo(Map<Key, List<T>> byLoadBalancer, T object, ObjectRef ref) {
        if (ref != null && ref.name() != null) {
            byLoadBalancer
                    .computeIfAbsent(new Key(object.getMetadata().getNamespace(), ref.name()), key -> new ArrayList<>())
                    .add(object);
        }
    }

    @Override
    public Optional<LoadBalancer> loadBalancer(String namespace, String name) {
        return Optional.ofNullable(loadBalancers.get(new Key(namespace, name)));
    }

    @Override
    public Optional<VServerGroup> vServerGroup(String namespace, String name) {
        return Optional.ofNullable(vServerGroups.get(new Key(namespace, name)));
    }

    @Override
    public Optional<MasterSlaveGroup> masterSlaveGroup(String namespace, String name) {
        return Optional.ofNullable(masterSlaveGroups.get(new Key(namespace, name)));
    }

    @Override
    public Collection<Listener> listenersOf(String namespace, String loadBalancer) {
        return listenersByLoadBalancer.getOrDefault(new Key(namespace, loadBalancer), List.of());
    }

    @Override
    public Collection<VServerGroup> vServerGroupsOf(String namespace, String loadBalancer) {
        return vServerGroupsByLoadBalancer.getOrDefault(new Key(namespace, loadBalancer), List.of());
    }

    @Override
    public Collection<MasterSlaveGroup> masterSlaveGroupsOf(String namespace, String loadBalancer) {
        return masterSlaveGroupsByLoadBalancer.getOrDefault(new Key(namespace, loadBalancer), List.of());
    }

    @Override
    public Optional<PodFacts> pod(String namespace, String name) {
        return Optional.ofNullable(pods.get(new Key(namespace, name)));
    }

    @Override
    public Collection<PodFacts> pods(String namespace, LabelSelector selector) {
        return podsByNamespace.getOrDefault(namespace, List.of()).stream()
                .filter(pod -> LabelSelectors.matches(selector, pod.labels()))
                .toList();
    }

    @Override
    public Optional<NodeFacts> node(String name) {
        return Optional.ofNullable(nodes.get(name));
    }

    @Override
    public Optional<SecretFacts> secret(String namespace, String name) {
        return Optional.ofNullable(secrets.get(new Key(namespace, name)));
    }

    @Override
    public Optional<ConfigMapFacts> configMap(String namespace, String name) {
        return Optional.ofNullable(configMaps.get(new Key(namespace, name)));
    }

    @Override
    public Instant certificatesAsOf() {
        return certificatesAsOf;
    }

    @Override
    public Optional<Secret> cookieKey(String namespace, String loadBalancer) {
        return Optional.ofNullable(cookieKey);
    }

    @Override
    public int readyForwarders(String namespace, String loadBalancer) {
        return forwarders;
    }

    @Override
    public Collection<String> forwarderAddresses() {
        return forwarderAddresses;
    }

    @Override
    public Settings settings() {
        return settings;
    }

    private record Key(String namespace, String name) {
        static Key of(HasMetadata object) {
            return new Key(
                    object.getMetadata().getNamespace(), object.getMetadata().getName());
        }
    }
}
