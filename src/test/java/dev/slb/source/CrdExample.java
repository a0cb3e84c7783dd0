package dev.slb.source;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * An object that a CRD accepts or refuses.
 *
 * @param label what the example is about
 * @param before the object that is updated, or null for a new one
 * @param field that is at fault, or null when the object is accepted
 * @param message part of what is said about it, or null
 */
record CrdExample(String label, String kind, ObjectNode before, ObjectNode object, String field, String message) {

    boolean accepted() {
        return field == null;
    }

    @Override
    public String toString() {
        return kind + " " + label;
    }
}
