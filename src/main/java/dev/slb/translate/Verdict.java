package dev.slb.translate;

/**
 * A condition without its time and generation.
 *
 * @param met whether its status is True
 * @param message names the object, and the field where there is one
 */
public record Verdict(ConditionType type, boolean met, ConditionReason reason, String message) {}
