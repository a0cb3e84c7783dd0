package dev.slb.source;

import java.nio.file.Path;

/**
 * Where something is written.
 *
 * @param file as it was found, links not resolved
 * @param document in the file, from 1; 0 for the file as a whole
 * @param line in the file at which the document begins, from 1; 0 for the file as a whole
 */
public record Origin(Path file, int document, int line) {

    static Origin of(Path file) {
        return new Origin(file, 0, 0);
    }

    /** For people and editors: {@code shop.yaml:17}. */
    @Override
    public String toString() {
        return line == 0 ? file.toString() : file + ":" + line;
    }
}
