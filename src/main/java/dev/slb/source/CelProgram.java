package dev.slb.source;

import java.util.Map;

/** A CEL expression. */
interface CelProgram {

    /**
     * Evaluates over values as CEL has them: Long, Double, Boolean, String, List and Map.
     *
     * @throws IllegalArgumentException when the expression does not compile
     */
    Object evaluate(Map<String, ?> variables) throws Failure;

    /** An expression has no value, for example because it names a field that is absent. */
    final class Failure extends Exception {
        private static final long serialVersionUID = 1L;

        Failure(Throwable cause) {
            super(cause.getMessage(), cause);
        }
    }
}
