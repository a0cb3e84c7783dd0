package dev.slb.plan;

/**
 * Takes the plan as it is delivered: {@link #begin}, every document, {@link #synced}, then changes one by one. Called by
 * one thread at a time. Calls don't throw for a bad document: it is refused in the {@link ForwarderReport}.
 */
public interface PlanSink {

    /** A new delivery starts. What was known stays until {@link #synced}: a source that breaks off has said nothing. */
    void begin();

    /** This version of a document replaces any older one, and is the one that the report names. */
    void publish(WrittenPlan<?> plan);

    /** The same of a document that comes from nowhere, and is written here. */
    default void publish(PlanDocument document) {
        publish(WrittenPlan.of(document));
    }

    /**
     * The object exists but has no valid version now: whatever version is there stays. A group of which there is none counts as
     * known and empty, so that it does not hold back the listeners that name it.
     */
    void keep(DocumentId id);

    /** The object is gone or must not serve. */
    void withdraw(DocumentId id);

    /** All documents of this delivery were named: those neither published nor kept since {@link #begin} are withdrawn. */
    void synced();
}
