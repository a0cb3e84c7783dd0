package dev.slb.distribution;

/**
 * A likely cause of counts that do not follow the weights.
 *
 * @param explains whether the counts follow the weights once this is taken out
 * @param evidence in numbers
 */
public record Cause(Kind kind, boolean explains, String evidence) {

    /** In the order in which they are named. */
    public enum Kind {
        ZERO_WEIGHT("servers with weight 0 got traffic"),
        PERSISTENCE("session persistence: clients stay with their server"),
        FEW_CLIENTS("few clients"),
        WLC_WITH_PERSISTENCE("scheduler WLC together with session persistence"),
        KEEP_ALIVE("keep-alive: many requests on one connection go to one server"),
        HEALTH("a server was away: failing or flapping health checks, or a change of the group"),
        UNEQUAL_WEIGHTS("weights are not what they are taken for");

        private final String title;

        Kind(String title) {
            this.title = title;
        }

        public String title() {
            return title;
        }
    }
}
