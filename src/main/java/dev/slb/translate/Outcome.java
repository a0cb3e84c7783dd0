package dev.slb.translate;

import dev.slb.plan.DocumentId;
import dev.slb.plan.PlanDocument;
import dev.slb.plan.PlanJson;

/** What becomes of one plan document. */
public sealed interface Outcome<D extends PlanDocument> {

    DocumentId id();

    /** That the document belongs to; null when that can't be said, as of one that is withdrawn. */
    DocumentId loadBalancer();

    static <D extends PlanDocument> Outcome<D> publish(D document) {
        String json = PlanJson.write(document);
        return new Publish<>(document, json, PlanJson.version(json));
    }

    static <D extends PlanDocument> Outcome<D> keepLast(DocumentId id, DocumentId loadBalancer) {
        return new KeepLast<>(id, loadBalancer);
    }

    static <D extends PlanDocument> Outcome<D> withdraw(DocumentId id) {
        return new Withdraw<>(id);
    }

    /**
     * @param json the document as it travels, written once; with the secrets in it
     * @param version {@link PlanJson#version} of the document, which forwarders report once they serve it
     */
    record Publish<D extends PlanDocument>(D document, String json, String version) implements Outcome<D> {
        @Override
        public DocumentId id() {
            return document.id();
        }

        @Override
        public DocumentId loadBalancer() {
            return document.loadBalancer();
        }

        @Override
        public String toString() {
            return "Publish[" + document + ", " + version + "]";
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
