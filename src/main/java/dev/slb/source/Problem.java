package dev.slb.source;

/**
 * Something in the files that can not be read or served.
 *
 * @param object or null when the problem is not about one object
 * @param field such as {@code spec.rules[2].host}; empty for the object as a whole
 */
public record Problem(Origin origin, ObjectKey object, String field, String message) {

    Problem(Origin origin, String message) {
        this(origin, null, "", message);
    }

    /** One line: {@code shop.yaml:17: Listener shop/web: spec.port: 70000 is more than 65535}. */
    @Override
    public String toString() {
        return origin + ": " + (object == null ? "" : object + ": ") + (field.isEmpty() ? "" : field + ": ") + message;
    }
}
