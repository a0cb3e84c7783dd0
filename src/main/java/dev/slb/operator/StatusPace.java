package dev.slb.operator;

import dev.slb.api.ApiObject;
import dev.slb.kind.ObjectId;
import dev.slb.translate.ConditionReason;
import dev.slb.translate.ConditionType;
import io.fabric8.kubernetes.api.model.Condition;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * When a status is written. What people change shows at once; what servers and forwarders do at most once a second. And
 * forwarders get a moment to take a new version before an object that was programmed says that it is not: pods come and go, and
 * each time all forwarders are behind for some milliseconds.
 */
final class StatusPace {

    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final Duration GRACE = Duration.ofSeconds(2);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

    private final LongSupplier nanoClock;
    private final Map<ObjectId, Long> written = new ConcurrentHashMap<>();
    private final Map<ObjectId, Long> behind = new ConcurrentHashMap<>();

    StatusPace(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /**
     * How long to wait before the status of an object is looked at again; empty when it may be written now.
     *
     * @param wished the object with the status that it should have
     */
    Optional<Duration> waitBefore(ObjectId id, ApiObject<?, ?> present, ApiObject<?, ?> wished) {
        long now = nanoClock.getAsLong();
        boolean sameGeneration = sameGeneration(present, wished);
        if (sameGeneration && isFallingBehind(present, wished)) {
            long since = behind.computeIfAbsent(id, key -> now);
            if (now - since < GRACE.toNanos()) {
                return Optional.of(LOOK_AGAIN);
            }
        } else {
            behind.remove(id);
        }
        Long last = written.get(id);
        boolean early = last != null && now - last < PERIOD.toNanos();
        return early && sameGeneration ? Optional.of(PERIOD.minusNanos(now - last)) : Optional.empty();
    }

    void written(ObjectId id) {
        written.put(id, nanoClock.getAsLong());
        behind.remove(id);
    }

    void forget(ObjectId id) {
        written.remove(id);
        behind.remove(id);
    }

    private static boolean isFallingBehind(ApiObject<?, ?> present, ApiObject<?, ?> wished) {
        return programmed(present)
                        .filter(condition -> "True".equals(condition.getStatus()))
                        .isPresent()
                && programmed(wished)
                        .filter(condition -> ConditionReason.Pending.name().equals(condition.getReason()))
                        .isPresent();
    }

    private static boolean sameGeneration(ApiObject<?, ?> present, ApiObject<?, ?> wished) {
        return Objects.equals(
                programmed(present).map(Condition::getObservedGeneration),
                programmed(wished).map(Condition::getObservedGeneration));
    }

    private static Optional<Condition> programmed(ApiObject<?, ?> object) {
        return object.conditions().stream()
                .filter(condition -> ConditionType.Programmed.name().equals(condition.getType()))
                .findFirst();
    }
}
