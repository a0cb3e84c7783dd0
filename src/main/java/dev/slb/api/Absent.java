package dev.slb.api;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** One form for what is left out: an empty list or map, and null for an empty text. */
final class Absent {
    private Absent() {}

    static <T> List<T> list(List<T> values) {
        return values == null
                ? List.of()
                : values.stream().filter(Objects::nonNull).toList();
    }

    /** Keeps the order, so that what is written reads like what was read. */
    static <V> Map<String, V> map(Map<String, V> values) {
        if (values == null) {
            return Map.of();
        }
        Map<String, V> present = new LinkedHashMap<>(values);
        present.values().removeIf(Objects::isNull);
        return Collections.unmodifiableMap(present);
    }

    static String text(String value) {
        return value == null || value.isEmpty() ? null : value;
    }
}
