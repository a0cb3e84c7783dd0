package dev.slb.control;

import dev.slb.plan.DocumentId;
import dev.slb.plan.PlanSink;
import dev.slb.plan.WrittenPlan;

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

    record Publish(WrittenPlan<?> plan) implements PlanChange {
        @Override
        public void applyTo(PlanSink sink) {
            sink.publish(plan);
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
