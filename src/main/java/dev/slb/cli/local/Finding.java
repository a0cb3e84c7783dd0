package dev.slb.cli.local;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * Something in the files that people should know of.
 *
 * @param file where it is written; null when nobody knows
 * @param line at which the document begins, from 1; 0 when unknown
 * @param kind of the object, with namespace and name; null when it is not about one object
 * @param field path in the object, or null for the object as a whole
 * @param reason of the condition that says so, or null
 */
@JsonInclude(JsonInclude.Include.NON_DEFAULT)
public record Finding(
        Severity severity,
        String file,
        int line,
        String kind,
        String namespace,
        String name,
        String field,
        String reason,
        String message) {

    /** How bad it is. */
    public enum Severity {
        /** The object, or a part of it, is not served as it says. */
        ERROR,
        /** It is served, but something in it has no effect. */
        WARNING
    }

    public boolean isError() {
        return severity == Severity.ERROR;
    }

    /** One line: {@code shop.yaml:17: Listener shop/web: spec.port: 70000 is more than 65535}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (file != null) {
            text.append(file);
            if (line > 0) {
                text.append(':').append(line);
            }
            text.append(": ");
        }
        if (severity == Severity.WARNING) {
            text.append("warning: ");
        }
        if (kind != null) {
            text.append(kind).append(' ');
            if (namespace != null && !namespace.isEmpty()) {
                text.append(namespace).append('/');
            }
            text.append(name).append(": ");
        }
        if (field != null) {
            text.append(field).append(": ");
        }
        return text.append(message).toString();
    }
}
