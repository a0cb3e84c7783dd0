package dev.slb.acceptance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.slb.plan.DocumentId;
import dev.slb.plan.PlanDocument;
import dev.slb.plan.PlanJson;
import dev.slb.plan.PlanSink;
import dev.slb.plan.WrittenPlan;

/** Hands plan documents on with every time in them divided by one factor, so that hours of behaviour fit into a test. */
final class ScaledPlan implements PlanSink {

    private final PlanSink forwarder;
    private final int factor;

    ScaledPlan(PlanSink forwarder, int factor) {
        this.forwarder = forwarder;
        this.factor = factor;
    }

    PlanDocument scaled(PlanDocument document) {
        JsonNode json = PlanJson.mapper().valueToTree(document);
        scale(json);
        return PlanJson.read(json.toString(), PlanDocument.class);
    }

    private void scale(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.properties().forEach(field -> {
                if (field.getKey().endsWith("Millis") && field.getValue().isNumber()) {
                    field.setValue(LongNode.valueOf(field.getValue().asLong() / factor));
                }
            });
        }
        node.forEach(this::scale);
    }

    @Override
    public void begin() {
        forwarder.begin();
    }

    @Override
    public void publish(WrittenPlan<?> plan) {
        forwarder.publish(scaled(plan.document()));
    }

    @Override
    public void keep(DocumentId id) {
        forwarder.keep(id);
    }

    @Override
    public void withdraw(DocumentId id) {
        forwarder.withdraw(id);
    }

    @Override
    public void synced() {
        forwarder.synced();
    }
}
