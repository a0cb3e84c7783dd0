package dev.slb.control.world;

import java.util.Map;

/**
 * A label of pods.
 *
 * @param value null for any
 */
record Label(String key, String value) {

    static Label of(Map.Entry<String, String> label) {
        return new Label(label.getKey(), label.getValue());
    }

    static Label any(String key) {
        return new Label(key, null);
    }
}
