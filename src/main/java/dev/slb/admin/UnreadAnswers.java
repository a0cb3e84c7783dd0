package dev.slb.admin;

import java.util.IdentityHashMap;
import java.util.Map;

/** How much memory the answers have that clients do not take; one that several share counts once. On the port's thread only. */
final class UnreadAnswers {

    private final Map<AdminAnswer, Integer> holders = new IdentityHashMap<>();
    private long bytes;

    void hold(AdminAnswer answer) {
        if (holders.merge(answer, 1, Integer::sum) == 1) {
            bytes += answer.body().length;
        }
    }

    void release(AdminAnswer answer) {
        if (holders.merge(answer, -1, (held, less) -> held == 1 ? null : held - 1) == null) {
            bytes -= answer.body().length;
        }
    }

    /** Whether it is more than so much, and more than one answer. */
    boolean exceeds(long limit) {
        return bytes > limit && holders.size() > 1;
    }
}
