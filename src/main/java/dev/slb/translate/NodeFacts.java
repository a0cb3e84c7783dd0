package dev.slb.translate;

import io.fabric8.kubernetes.api.model.Node;

import java.util.Map;

/**
 * What translation needs of a Node.
 *
 * @param region label {@code topology.kubernetes.io/region}, or null
 * @param zone label {@code topology.kubernetes.io/zone}, or null
 */
public record NodeFacts(String name, String region, String zone) {

    public static final String REGION_LABEL = "topology.kubernetes.io/region";
    public static final String ZONE_LABEL = "topology.kubernetes.io/zone";

    public static NodeFacts of(Node node) {
        Map<String, String> labels = node.getMetadata().getLabels();
        return labels == null
                ? new NodeFacts(node.getMetadata().getName(), null, null)
                : new NodeFacts(
                        node.getMetadata().getName(), filled(labels.get(REGION_LABEL)), filled(labels.get(ZONE_LABEL)));
    }

    private static String filled(String value) {
        return value == null || value.isEmpty() ? null : value;
    }
}
