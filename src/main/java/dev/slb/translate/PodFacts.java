package dev.slb.translate;

import dev.slb.base.IpLiteral;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;

import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What translation needs of a Pod; equal facts translate equally, so an informer may drop updates that change none of
 * them.
 *
 * @param uid identity; a pod that is made anew under its old name is another one. Without one (files): the name
 * @param created {@link Instant#EPOCH} when unknown (files)
 * @param addresses IP literals, the pod's primary one first; empty until it has one
 * @param ready the condition Ready, readiness gates included
 * @param silent not Ready for its node's sake alone: the controller manager has not heard of the node, whose last word about the
 *     pod was "ready"
 * @param terminating being deleted
 * @param finished for good: phase Succeeded, or Failed as evicted pods stay
 * @param hostNetwork its address is the node's
 * @param node name of the Node, or null until scheduled
 * @param weight the annotation {@link #WEIGHT_ANNOTATION} as it was written, or null
 * @param ports TCP and UDP container ports by name, over all containers and native sidecars. A name that occurs several
 *     times is the first TCP port of that name, else the first UDP port, in the order in which Services resolve it
 */
public record PodFacts(
        String namespace,
        String name,
        String uid,
        Instant created,
        Map<String, String> labels,
        List<String> addresses,
        boolean ready,
        boolean silent,
        boolean terminating,
        boolean finished,
        boolean hostNetwork,
        String node,
        String weight,
        SortedMap<String, Integer> ports) {

    public static final String WEIGHT_ANNOTATION = "slb.dev/weight";

    private static final String READY = "Ready";

    /** Oldest first. Creation times have a resolution of one second, hence the names. */
    public static final Comparator<PodFacts> OLDEST_FIRST = Comparator.comparing(PodFacts::created)
            .thenComparing(PodFacts::namespace)
            .thenComparing(PodFacts::name)
            .thenComparing(PodFacts::uid);

    public PodFacts {
        labels = Collections.unmodifiableMap(new TreeMap<>(labels));
        addresses = List.copyOf(addresses);
        ports = Collections.unmodifiableSortedMap(new TreeMap<>(ports));
    }

    public static PodFacts of(Pod pod) {
        PodSpec spec = pod.getSpec() == null ? new PodSpec() : pod.getSpec();
        PodStatus status = pod.getStatus() == null ? new PodStatus() : pod.getStatus();
        Map<String, String> annotations = pod.getMetadata().getAnnotations();
        String name = pod.getMetadata().getName();
        String uid = pod.getMetadata().getUid();
        return new PodFacts(
                pod.getMetadata().getNamespace(),
                name,
                uid == null || uid.isEmpty() ? name : uid,
                Age.created(pod),
                pod.getMetadata().getLabels() == null
                        ? Map.of()
                        : pod.getMetadata().getLabels(),
                addressesOf(status),
                isTrue(status, READY),
                isSilent(spec, status),
                pod.getMetadata().getDeletionTimestamp() != null,
                "Succeeded".equals(status.getPhase()) || "Failed".equals(status.getPhase()),
                Boolean.TRUE.equals(spec.getHostNetwork()),
                spec.getNodeName() == null || spec.getNodeName().isEmpty() ? null : spec.getNodeName(),
                annotations == null ? null : annotations.get(WEIGHT_ANNOTATION),
                portsOf(spec));
    }

    /** The primary address, or null while the pod has none. A dual-stack pod is one server, at this address. */
    public String address() {
        return addresses.isEmpty() ? null : addresses.get(0);
    }

    private static boolean isTrue(PodStatus status, String type) {
        return conditions(status, type).anyMatch(condition -> "True".equals(condition.getStatus()));
    }

    /**
     * Of these conditions a kubelet makes Ready, and gives a reason when it is false. When a node is not heard of, the controller
     * manager writes over Ready, and neither gives a reason nor changes another condition.
     */
    private static boolean isSilent(PodSpec spec, PodStatus status) {
        return conditions(status, READY)
                        .anyMatch(ready -> !"True".equals(ready.getStatus()) && isBlank(ready.getReason()))
                && isTrue(status, "ContainersReady")
                && listed(spec.getReadinessGates()).allMatch(gate -> isTrue(status, gate.getConditionType()));
    }

    private static Stream<PodCondition> conditions(PodStatus status, String type) {
        return listed(status.getConditions()).filter(condition -> type.equals(condition.getType()));
    }

    private static boolean isBlank(String text) {
        return text == null || text.isBlank();
    }

    private static List<String> addressesOf(PodStatus status) {
        Set<String> addresses = new LinkedHashSet<>();
        addresses.add(status.getPodIP());
        listed(status.getPodIPs()).map(PodIP::getIp).forEach(addresses::add);
        return addresses.stream()
                .filter(Objects::nonNull)
                .flatMap(address -> IpLiteral.parse(address).stream())
                .map(address -> IpLiteral.text(address.getAddress()))
                .distinct()
                .toList();
    }

    private static SortedMap<String, Integer> portsOf(PodSpec spec) {
        List<ContainerPort> declared = Stream.concat(
                        listed(spec.getContainers()),
                        listed(spec.getInitContainers())
                                .filter(container -> "Always".equals(container.getRestartPolicy())))
                .flatMap(container -> listed(container.getPorts()))
                .filter(port -> port.getName() != null && isPort(port.getContainerPort()))
                .toList();
        SortedMap<String, Integer> ports = new TreeMap<>();
        for (String protocol : List.of("TCP", "UDP")) {
            for (ContainerPort port : declared) {
                if (protocol.equals(protocolOf(port))) {
                    ports.putIfAbsent(port.getName(), port.getContainerPort());
                }
            }
        }
        return ports;
    }

    private static boolean isPort(Integer number) {
        return number != null && 1 <= number && number <= 65535;
    }

    /** The API server writes no nulls, but nothing keeps a file from it. */
    private static <T> Stream<T> listed(List<T> list) {
        return list == null ? Stream.empty() : list.stream().filter(Objects::nonNull);
    }

    private static String protocolOf(ContainerPort port) {
        return port.getProtocol() == null || port.getProtocol().isEmpty() ? "TCP" : port.getProtocol();
    }
}
