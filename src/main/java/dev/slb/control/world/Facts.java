package dev.slb.control.world;

import dev.slb.certificate.Validity;
import dev.slb.kind.ObjectId;
import dev.slb.plan.Secret;
import dev.slb.translate.ConfigMapFacts;
import dev.slb.translate.Holdings;
import dev.slb.translate.NodeFacts;
import dev.slb.translate.SecretFacts;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** What translation uses of everything that is not translated itself, pods apart. Nothing here knows who needs it. */
final class Facts {

    private final Map<String, NodeFacts> nodes = new HashMap<>();
    private final Map<NamespacedName, SecretFacts> secrets = new HashMap<>();
    private final Map<NamespacedName, ConfigMapFacts> configMaps = new HashMap<>();
    /** By LoadBalancer. */
    private final Map<ObjectId, Secret> cookieKeys = new HashMap<>();

    private int readyForwarders;
    private Set<String> forwarderAddresses = Set.of();
    private Holdings holdings = Holdings.NONE;

    /** Null when there is none, as everywhere here. */
    NodeFacts node(String name) {
        return nodes.get(name);
    }

    /** @return the one before, as all that put or remove */
    NodeFacts put(NodeFacts node) {
        return nodes.put(node.name(), node);
    }

    NodeFacts removeNode(String name) {
        return nodes.remove(name);
    }

    SecretFacts secret(NamespacedName name) {
        return secrets.get(name);
    }

    SecretFacts put(NamespacedName name, SecretFacts secret) {
        return secrets.put(name, secret);
    }

    SecretFacts removeSecret(NamespacedName name) {
        return secrets.remove(name);
    }

    ConfigMapFacts configMap(NamespacedName name) {
        return configMaps.get(name);
    }

    ConfigMapFacts put(NamespacedName name, ConfigMapFacts configMap) {
        return configMaps.put(name, configMap);
    }

    ConfigMapFacts removeConfigMap(NamespacedName name) {
        return configMaps.remove(name);
    }

    /** When certificates and OCSP responses in the Secret and the ConfigMap of this name are good. */
    List<Validity> validities(NamespacedName name) {
        SecretFacts secret = secrets.get(name);
        ConfigMapFacts configMap = configMaps.get(name);
        return Stream.concat(
                        secret == null
                                ? Stream.empty()
                                : Stream.of(
                                        secret.keyPair().validity(),
                                        secret.authority().validity(),
                                        secret.staple() == null
                                                ? null
                                                : secret.staple().validity()),
                        configMap == null
                                ? Stream.empty()
                                : Stream.ofNullable(configMap.authority().validity()))
                .filter(Objects::nonNull)
                .toList();
    }

    Secret cookieKey(ObjectId loadBalancer) {
        return cookieKeys.get(loadBalancer);
    }

    Secret putCookieKey(ObjectId loadBalancer, Secret key) {
        return cookieKeys.put(loadBalancer, key);
    }

    Secret removeCookieKey(ObjectId loadBalancer) {
        return cookieKeys.remove(loadBalancer);
    }

    int readyForwarders() {
        return readyForwarders;
    }

    Set<String> forwarderAddresses() {
        return forwarderAddresses;
    }

    void setForwarders(int ready, Set<String> addresses) {
        readyForwarders = ready;
        forwarderAddresses = addresses;
    }

    Holdings holdings() {
        return holdings;
    }

    void setHoldings(Holdings now) {
        holdings = now;
    }
}
