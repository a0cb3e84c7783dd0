package dev.slb.translate;

import io.fabric8.kubernetes.api.model.HasMetadata;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Comparator;

/** Who was there first. */
final class Age {

    /** Oldest first. Creation times have a resolution of one second, and files have none ({@link Holdings}): then by namespace and name. */
    static final Comparator<HasMetadata> OLDEST_FIRST = Comparator.comparing(Age::created)
            .thenComparing(object -> object.getMetadata().getNamespace())
            .thenComparing(object -> object.getMetadata().getName());

    private Age() {}

    static boolean isOlder(HasMetadata one, HasMetadata other) {
        return created(one).isBefore(created(other));
    }

    /** {@link Instant#EPOCH} when the object does not say, or not in the form that API servers write. */
    static Instant created(HasMetadata object) {
        String timestamp = object.getMetadata().getCreationTimestamp();
        if (timestamp == null || timestamp.isEmpty()) {
            return Instant.EPOCH;
        }
        try {
            return OffsetDateTime.parse(timestamp).toInstant();
        } catch (DateTimeException e) {
            return Instant.EPOCH;
        }
    }
}
