package dev.slb.plan;

import java.util.List;

/**
 * What becomes of the connections of a server that left or turned abnormal, and of a listener that is withdrawn.
 *
 * @param timeoutMillis how long they run on; 0 closes them at once
 * @param explicit the user asked for it: only then do connections of a failed master survive the failover
 */
public record DrainPlan(long timeoutMillis, boolean explicit) {

    List<String> validate() {
        return new Problems()
                .require(timeoutMillis >= 0, "timeoutMillis", "is negative")
                .list();
    }
}
