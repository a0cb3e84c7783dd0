package dev.slb.source;

/**
 * What is wrong with one field.
 *
 * @param field such as {@code spec.rules[2].host}; empty for the object as a whole
 */
record FieldProblem(String field, String message) {}
