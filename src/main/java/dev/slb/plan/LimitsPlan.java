package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.util.List;

/**
 * How much a listener lets in.
 *
 * @param maxConnections open at once, of which each of n forwarders takes 1/n; null: no limit
 * @param bandwidthBitsPerSecond per direction, reserved out of the LoadBalancer's; null: a share of what is left
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LimitsPlan(Integer maxConnections, Long bandwidthBitsPerSecond) {

    /** As much as the LoadBalancer lets in: the default. */
    public static final LimitsPlan NONE = new LimitsPlan(null, null);

    /** @param limits null stands for {@link #NONE} */
    public static LimitsPlan orNone(LimitsPlan limits) {
        return limits == null ? NONE : limits;
    }

    List<String> validate() {
        return new Problems()
                .require(maxConnections == null || maxConnections > 0, "maxConnections", "must be positive")
                .require(
                        bandwidthBitsPerSecond == null || bandwidthBitsPerSecond > 0,
                        "bandwidthBitsPerSecond",
                        "must be positive")
                .list();
    }
}
