package dev.slb.control;

import dev.slb.plan.DocumentId;
import dev.slb.plan.PlanDocument;
import dev.slb.plan.PlanSink;

/** One step of a delivery: what a {@link PlanStore.Subscription} hands out, in the order of the calls of {@link PlanSink}. */
public sealed interface PlanChange {

    /** Makes the matching call. */
    void applyTo(PlanSink sink);

    record Begin() implements PlanChange {
        @Override
        public void applyTo(PlanSink sink) {
            sink.begin();
        }
    }

    /** @param json the document as it travels, with the secrets in it */
    record Publish(PlanDocument document, String json) implements PlanChange {
        @Override
        public void applyTo(PlanSink sink) {
            sink.publish(document);
        }

        @Override
        public String toString() {
            return "Publish[" + document + "]";
        }
    }

    record Keep(DocumentId id) implements PlanChange {
        @Override
        public void applyTo(PlanSink sink) {
            sink.keep(id);
        }
    }

    record Withdraw(DocumentId id) implements PlanChange {
        @Override
        public void applyTo(PlanSink sink) {
            sink.withdraw(id);
        }
    }

    record Synced() implements PlanChange {
        @Override
        public void applyTo(PlanSink sink) {
            sink.synced();
        }
    }
}
