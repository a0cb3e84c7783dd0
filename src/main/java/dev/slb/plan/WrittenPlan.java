package dev.slb.plan;

/**
 * A document with the text that says it. The version is the hash of that text, made once by who writes it. Who takes the document says by
 * this version which one it has, and hashes nothing: of what an operator of a newer release says it may understand a part only.
 *
 * @param json the document as it travels, with the secrets in it
 * @param version first 16 bytes of the SHA-256 of the text, in hex
 */
public record WrittenPlan<D extends PlanDocument>(D document, String json, String version) {

    public static <D extends PlanDocument> WrittenPlan<D> of(D document) {
        String json = PlanJson.write(document);
        return new WrittenPlan<>(document, json, PlanJson.version(json));
    }

    /**
     * What somebody else has written.
     *
     * @param version null when it does not say
     * @throws IllegalArgumentException when the text is not such a document
     */
    public static WrittenPlan<?> read(String json, String version) {
        PlanDocument document = PlanJson.read(json, PlanDocument.class);
        if (document == null) {
            throw new IllegalArgumentException("not a document: null");
        }
        return new WrittenPlan<>(document, json, version == null ? PlanJson.version(json) : version);
    }

    public DocumentId id() {
        return document.id();
    }

    @Override
    public String toString() {
        return document + ", " + version;
    }
}
