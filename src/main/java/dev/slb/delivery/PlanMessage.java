package dev.slb.delivery;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.slb.control.PlanChange;
import dev.slb.plan.DocumentId;
import dev.slb.plan.PlanDocument;
import dev.slb.plan.PlanJson;

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
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Hello(int protocol, String name, DocumentId loadBalancer) implements PlanMessage {}

    /** Says that the sender lives. */
    record Heartbeat() implements PlanMessage {}

    record Begin() implements PlanMessage {}

    /** The id stands beside the document, so that a document that an older forwarder can't read still has a name. */
    record Publish(DocumentId id, JsonNode document) implements PlanMessage {

        /** @throws IllegalArgumentException when this is not a document that this version knows */
        PlanDocument read() {
            return PlanJson.read(document.toString(), PlanDocument.class);
        }
    }

    record Keep(DocumentId id) implements PlanMessage {}

    record Withdraw(DocumentId id) implements PlanMessage {}

    record Synced() implements PlanMessage {}

    /** From a newer peer. */
    record Unknown() implements PlanMessage {}

    static PlanMessage of(PlanChange change) {
        if (change instanceof PlanChange.Publish publish) {
            // Written once, for all versions and all forwarders.
            JsonNode document = JsonNodeFactory.instance.rawValueNode(new RawValue(publish.json()));
            return new Publish(publish.document().id(), document);
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
