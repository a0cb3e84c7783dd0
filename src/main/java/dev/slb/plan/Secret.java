package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

import java.util.Objects;

/** A text that must not be seen: its content is in plan documents as JSON only, never in a log, a report or a status. */
public record Secret(@JsonValue String text) {

    @JsonCreator
    public Secret {
        Objects.requireNonNull(text, "text");
    }

    @Override
    public String toString() {
        return "(redacted)";
    }
}
