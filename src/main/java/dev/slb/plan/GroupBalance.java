package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.util.List;

/**
 * Whether the traffic of a group follows its weights, as one forwarder found it. Made anew only when the answer turns: the
 * numbers are those of that moment.
 *
 * @param reason the likely cause of a difference, or why there is no comparison; null when traffic follows the weights
 * @param counted requests or connections in the window that turned the answer; 0 without a comparison
 * @param pValue how likely chance makes such a difference, 0..1; null without a comparison
 * @param shares of the servers that are furthest off, at most {@link #MAX_SHARES}; none unless it differs
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record GroupBalance(
        DocumentId group, Verdict verdict, Reason reason, long counted, Double pValue, List<Share> shares) {

    public static final int MAX_SHARES = 5;

    /** The answer. */
    public enum Verdict {
        /** Any difference is chance, or too small to matter. */
        FOLLOWS,
        DIFFERS,
        /** The weights alone do not say what to expect. */
        NOT_COMPARED
    }

    /** Why. */
    public enum Reason {
        /** Differs: clients stay with their server. */
        PERSISTENCE,
        /** Differs: a server that is free gets the new clients, and then keeps them. */
        WLC_WITH_PERSISTENCE,
        /** Differs: so few clients, staying with their servers, can't make even shares. */
        FEW_CLIENTS,
        /** Differs: servers came and went by their health, and what they got while they were there follows the weights. */
        HEALTH,
        /** Differs, and nothing explains it. */
        UNEXPLAINED,
        /** Not compared: the scheduler goes by live connections. */
        WLC,
        /** Not compared: the scheduler goes by a hash of the client. */
        HASHING,
        /** Not compared: one listener uses the group with weights and without. */
        MIXED
    }

    /**
     * @param server {@link ServerPlan#id}
     * @param name what people call it
     * @param expected share by weight, in per mille
     * @param seen share that it got, in per mille
     */
    public record Share(String server, String name, int expected, int seen) {}

    public GroupBalance {
        reason = verdict == Verdict.DIFFERS && reason == null ? Reason.UNEXPLAINED : reason;
        shares = shares == null ? List.of() : List.copyOf(shares);
    }

    public static GroupBalance notCompared(DocumentId group, Reason reason) {
        return new GroupBalance(group, Verdict.NOT_COMPARED, reason, 0, null, List.of());
    }
}
