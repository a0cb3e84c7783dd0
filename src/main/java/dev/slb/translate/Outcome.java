package dev.slb.translate;

import dev.slb.plan.DocumentId;
import dev.slb.plan.PlanDocument;
import dev.slb.plan.WrittenPlan;

/** What becomes of one plan document. */
public sealed interface Outcome<D extends PlanDocument> {

    DocumentId id();

    /** That the document belongs to; null when that can't be said, as of one that is withdrawn. */
    DocumentId loadBalancer();

    static <D extends PlanDocument> Outcome<D> publish(D document) {
        return new Publish<>(WrittenPlan.of(document));
    }

    static <D extends PlanDocument> Outcome<D> keepLast(DocumentId id, DocumentId loadBalancer) {
        return new KeepLast<>(id, loadBalancer);
    }

    static <D extends PlanDocument> Outcome<D> withdraw(DocumentId id) {
        return new Withdraw<>(id);
    }

    /** @param plan written once, for the store and for all forwarders */
    record Publish<D extends PlanDocument>(WrittenPlan<D> plan) implements Outcome<D> {
        @Override
        public DocumentId id() {
            return plan.id();
        }

        @Override
        public DocumentId loadBalancer() {
            return document().loadBalancer();
        }

        public D document() {
            return plan.document();
        }

        /** Which forwarders report once they serve it. */
        public String version() {
            return plan.version();
        }
    }

    /**
     * The object has no valid version now: forwarders keep the version they have, if any.
     *
     * @param loadBalancer that the object belongs to; null when it can't be read
     */
    record KeepLast<D extends PlanDocument>(DocumentId id, DocumentId loadBalancer) implements Outcome<D> {}

    /** The object must not serve: connections drain, then the port closes. */
    record Withdraw<D extends PlanDocument>(DocumentId id) implements Outcome<D> {
        @Override
        public DocumentId loadBalancer() {
            return null;
        }
    }
}
