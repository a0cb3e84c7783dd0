package dev.slb.certificate;

import java.time.Instant;

/** When a certificate counts: from its first moment to just before its last. */
public record Validity(Instant from, Instant until) {

    public boolean contains(Instant moment) {
        return !moment.isBefore(from) && moment.isBefore(until);
    }

    public boolean isOver(Instant moment) {
        return !moment.isBefore(until);
    }
}
