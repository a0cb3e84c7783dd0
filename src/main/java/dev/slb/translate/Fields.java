package dev.slb.translate;

import java.time.Duration;

/** Fields of a spec on their way into a plan. */
final class Fields {

    private Fields() {}

    /** @param given null where the field is absent */
    static <T> T or(T given, T otherwise) {
        return given == null ? otherwise : given;
    }

    static long millis(int seconds) {
        return Duration.ofSeconds(seconds).toMillis();
    }

    static IllegalStateException unchecked() {
        return new IllegalStateException("a plan is only made of what the checks let pass");
    }
}
