package dev.slb.translate;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with an object, each as {@code field.path: what is wrong}, in the order of the checks. */
final class FieldProblems {

    private final List<String> list;

    FieldProblems() {
        this(List.of());
    }

    /** @param first what is known to be wrong, in the same form */
    FieldProblems(List<String> first) {
        list = new ArrayList<>(first);
    }

    FieldProblems add(String path, String problem) {
        list.add(path + ": " + problem);
        return this;
    }

    FieldProblems require(boolean good, String path, String otherwise) {
        return good ? this : add(path, otherwise);
    }

    FieldProblems atMost(int quota, int size, String what, String path) {
        return require(size <= quota, path, "has " + size + " " + what + ", the quota is " + quota);
    }

    /** Absent is fine: then the default holds. */
    FieldProblems range(Integer value, int from, int to, String path) {
        return require(
                value == null || (from <= value && value <= to), path, "must be " + from + ".." + to + ", is " + value);
    }

    /** Absent is fine: then the default holds. Objects written for a newer version may carry values not known here. */
    FieldProblems known(Enum<?> value, String path) {
        return require(
                value == null || !value.name().equals("Unknown"), path, "has a value that this version does not know");
    }

    FieldProblems present(Object value, String path) {
        return require(value != null && !"".equals(value), path, "is missing");
    }

    /** {@code list[name]}, or {@code list[index]} where the entry has no name. */
    static String entry(String list, int index, String name) {
        return list + "[" + (name == null || name.isEmpty() ? index : name) + "]";
    }

    List<String> list() {
        return List.copyOf(list);
    }
}
