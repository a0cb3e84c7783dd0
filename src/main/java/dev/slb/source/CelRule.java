package dev.slb.source;

import java.util.Map;
import java.util.Optional;

/**
 * A rule of {@code x-kubernetes-validations}.
 *
 * @param fieldPath of the field that is at fault, relative to the value, such as {@code .tls}; or empty
 * @param message what to say when the rule does not hold
 * @param detail makes a better message, or null
 * @param transition whether the rule compares with the value before, and so is not for new values
 */
record CelRule(
        String text, String fieldPath, String message, CelProgram program, CelProgram detail, boolean transition) {

    /** Says what is wrong with the value, if anything. */
    Optional<String> check(Object self, Object oldSelf) {
        Map<String, Object> variables = transition ? Map.of("self", self, "oldSelf", oldSelf) : Map.of("self", self);
        try {
            if (Boolean.TRUE.equals(program.evaluate(variables))) {
                return Optional.empty();
            }
            return Optional.of(detail == null ? message : (String) detail.evaluate(variables));
        } catch (CelProgram.Failure e) {
            return Optional.of("rule '" + text + "' can not be evaluated: " + e.getMessage());
        }
    }
}
