package dev.slb.translate;

import dev.slb.api.Listener;
import dev.slb.api.LoadBalancer;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.VServerGroup;
import dev.slb.plan.DocumentId;
import dev.slb.plan.Secret;
import io.fabric8.kubernetes.api.model.LabelSelector;

import java.time.Instant;
import java.util.Collection;
import java.util.Optional;

/**
 * The facts that one translation sees. Narrow look-ups over immutable facts: no call does I/O, and two equal calls during
 * one translation answer the same. Collections may have any order; translation sorts what it uses.
 */
public interface Snapshot {

    Optional<LoadBalancer> loadBalancer(String namespace, String name);

    Optional<VServerGroup> vServerGroup(String namespace, String name);

    Optional<MasterSlaveGroup> masterSlaveGroup(String namespace, String name);

    /** Listeners of the namespace whose {@code loadBalancerRef} has this name, whether or not it exists. */
    Collection<Listener> listenersOf(String namespace, String loadBalancer);

    /** Who of {@link #listenersOf} has its port and how much bandwidth. */
    Claims claims(String namespace, String loadBalancer);

    Optional<PodFacts> pod(String namespace, String name);

    /** Pods of the namespace that the selector matches as {@link LabelSelectors#matches} says. */
    Collection<PodFacts> pods(String namespace, LabelSelector selector);

    /**
     * Whether a server has a place in the quota of servers of a LoadBalancer, which that shares with all others of its default
     * pool and of its groups.
     *
     * @param candidate one of them, that can be used otherwise
     */
    boolean isWithinQuota(DocumentId loadBalancer, Candidate candidate);

    /** By the name of a Node, which is cluster-scoped. */
    Optional<NodeFacts> node(String name);

    Optional<SecretFacts> secret(String namespace, String name);

    Optional<ConfigMapFacts> configMap(String namespace, String name);

    /**
     * The moment as of which certificates and OCSP responses are good or expired: a fact like others. Whoever moves it on translates again what
     * that makes a difference to.
     */
    Instant certificatesAsOf();

    /** Base64 of the bytes that key the sticky cookies of a LoadBalancer; empty while there is none yet. */
    Optional<Secret> cookieKey(String namespace, String loadBalancer);

    /** How many ready forwarders serve this LoadBalancer and share its limits; may be 0. */
    int readyForwarders(String namespace, String loadBalancer);

    /** IP addresses of all forwarders: a server there would send traffic round in circles. */
    Collection<String> forwarderAddresses();

    /** Who has what by being served; {@link Holdings#NONE} where creation times decide. */
    Holdings holdings();

    Settings settings();
}
