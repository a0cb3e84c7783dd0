package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;

/** What the weight of an entry means for its pods. */
@TolerantEnum
public enum WeightMode {
    /** Every pod of the entry has the weight. */
    PerPod,
    /** The pods of the entry share the weight, in exact fractions. */
    Shared,
    /** A value that this version does not know. */
    @JsonIgnore
    Unknown
}
