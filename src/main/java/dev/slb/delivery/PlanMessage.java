package dev.slb.delivery;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import dev.slb.control.PlanChange;
import dev.slb.plan.DocumentId;
import dev.slb.plan.WrittenPlan;

/**
 * One line of the plan stream. Both sides begin with {@link Hello} and send {@link Heartbeat}s; everything else goes from
 * operator to forwarder.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "message", defaultImpl = PlanMessage.Unknown.class)
@JsonSubTypes({
    @JsonSubTypes.Type(value = PlanMessage.Hello.class, name = "hello"),
    @JsonSubTypes.Type(value = PlanMessage.Heartbeat.class, name = "heartbeat"),
    @JsonSubTypes.Type(value = PlanMessage.Begin.class, name = "begin"),
    @JsonSubTypes.Type(value = PlanMessage.Publish.class, name = "publish"),
    @JsonSubTypes.Type(value = PlanMessage.Edit.class, name = "edit"),
    @JsonSubTypes.Type(value = PlanMessage.Keep.class, name = "keep"),
    @JsonSubTypes.Type(value = PlanMessage.Withdraw.class, name = "withdraw"),
    @JsonSubTypes.Type(value = PlanMessage.Synced.class, name = "synced")
})
sealed interface PlanMessage {

    /**
     * Grows only with a change that an older peer would misread: 2 since the fields of a listener stand by feature. Unknown
     * messages and fields are skipped.
     */
    int PROTOCOL = 2;

    /**
     * @param name of the process, for logs
     * @param loadBalancer a forwarder asks for the documents of this LoadBalancer only; null for all
     * @param edits whether the sender takes {@link Edit}s
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Hello(
            int protocol,
            String name,
            DocumentId loadBalancer,
            @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean edits)
            implements PlanMessage {}

    /** Says that the sender lives. */
    record Heartbeat() implements PlanMessage {}

    record Begin() implements PlanMessage {}

    /**
     * The id stands beside the document, so that a document that an older forwarder can't read still has a name.
     *
     * @param version of the document; null from an operator of an earlier release
     * @param document as it was written
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Publish(
            DocumentId id,
            String version,

            @JsonRawValue @JsonDeserialize(using = RawJson.class)
            String document) implements PlanMessage {

        /** @throws IllegalArgumentException when this is not a document that this version knows */
        WrittenPlan<?> read() {
            return WrittenPlan.read(document, version);
        }

        /** Without secrets. */
        @Override
        public String toString() {
            return "Publish[" + id + ", " + version + "]";
        }
    }

    /**
     * A version of a document as an edit of the one that was sent last on this connection.
     *
     * @param from the version of that
     */
    record Edit(DocumentId id, String from, String version, TextEdit edit) implements PlanMessage {

        /** Without secrets. */
        @Override
        public String toString() {
            return "Edit[" + id + ", " + from + ", " + version + "]";
        }
    }

    record Keep(DocumentId id) implements PlanMessage {}

    record Withdraw(DocumentId id) implements PlanMessage {}

    record Synced() implements PlanMessage {}

    /** From a newer peer. */
    record Unknown() implements PlanMessage {}

    /** @throws IllegalArgumentException when the line is no message */
    static PlanMessage read(String line) {
        try {
            return RawJson.reader(PlanMessage.class, line).readValue(line);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not a message: " + e.getOriginalMessage(), e);
        }
    }

    static PlanMessage of(PlanChange change) {
        if (change instanceof PlanChange.Publish publish) {
            WrittenPlan<?> plan = publish.plan();
            return new Publish(plan.id(), plan.version(), plan.json());
        } else if (change instanceof PlanChange.Keep keep) {
            return new Keep(keep.id());
        } else if (change instanceof PlanChange.Withdraw withdraw) {
            return new Withdraw(withdraw.id());
        } else if (change instanceof PlanChange.Begin) {
            return new Begin();
        }
        return new Synced();
    }
}
