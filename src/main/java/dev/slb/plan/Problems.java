package dev.slb.plan;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with a document, each as {@code field: what is wrong}. */
final class Problems {

    private final List<String> list = new ArrayList<>();

    Problems require(boolean good, String field, String otherwise) {
        if (!good) {
            list.add(field + ": " + otherwise);
        }
        return this;
    }

    Problems requirePort(Integer port, String field) {
        return require(port != null && port >= 1 && port <= 65535, field, "must be 1..65535");
    }

    Problems addAll(String prefix, List<String> problems) {
        problems.forEach(problem -> list.add(prefix + "." + problem));
        return this;
    }

    List<String> list() {
        return List.copyOf(list);
    }
}
