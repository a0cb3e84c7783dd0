package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.util.Base64;
import java.util.List;

/**
 * What holds for all listeners of a LoadBalancer.
 *
 * @param forwarders number of ready forwarders that share the limits, at least 1: each enforces 1/n
 * @param cookieKey base64 of at least 16 random bytes: keys the sticky cookies, the same on every forwarder; null: no
 *     listener has any
 * @param bandwidthBitsPerSecond per direction, shared by its listeners (classic SLB); null: no limit
 * @param capacity null: no limit
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LoadBalancerPlan(
        DocumentId id, int forwarders, Secret cookieKey, Long bandwidthBitsPerSecond, CapacityPlan capacity)
        implements PlanDocument {

    private static final int MIN_KEY_BYTES = 16;

    @Override
    public DocumentId loadBalancer() {
        return id;
    }

    @Override
    public List<String> validate() {
        Problems problems = new Problems();
        problems.require(id != null && id.kind() == DocumentKind.LOAD_BALANCER, "id", "is not of a LoadBalancer");
        problems.require(forwarders >= 1, "forwarders", "must be at least 1");
        problems.require(
                cookieKey == null || isKey(cookieKey.text()), "cookieKey", "is not base64 of at least 16 bytes");
        problems.require(
                bandwidthBitsPerSecond == null || bandwidthBitsPerSecond > 0,
                "bandwidthBitsPerSecond",
                "must be positive");
        if (capacity != null) {
            problems.addAll("capacity", capacity.validate());
        }
        return problems.list();
    }

    private static boolean isKey(String base64) {
        try {
            return Base64.getDecoder().decode(base64).length >= MIN_KEY_BYTES;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
