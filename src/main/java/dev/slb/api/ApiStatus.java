package dev.slb.api;

import io.fabric8.kubernetes.api.model.Condition;

import java.util.List;

/** What the statuses of all kinds have. */
public interface ApiStatus {

    /** Generation of the spec that this status is about, null when it does not say. */
    Long observedGeneration();

    /** Never null. */
    List<Condition> conditions();
}
