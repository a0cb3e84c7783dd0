package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** Status codes {@code from..to}, both included; written {@code 200-299}. */
public record CodeRange(int from, int to) implements Comparable<CodeRange> {

    public boolean contains(int code) {
        return from <= code && code <= to;
    }

    @JsonCreator
    static CodeRange parse(String text) {
        int dash = text.indexOf('-');
        return new CodeRange(Integer.parseInt(text.substring(0, dash)), Integer.parseInt(text.substring(dash + 1)));
    }

    @Override
    public int compareTo(CodeRange other) {
        return from != other.from ? Integer.compare(from, other.from) : Integer.compare(to, other.to);
    }

    @Override
    @JsonValue
    public String toString() {
        return from + "-" + to;
    }
}
