package dev.slb.testing;

import dev.slb.plan.DocumentId;
import dev.slb.plan.PlanDocument;
import dev.slb.plan.PlanSink;
import dev.slb.plan.WrittenPlan;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A sink that writes down its calls, and holds what a forwarder would hold after them. */
public final class RecordingSink implements PlanSink {

    private final List<String> calls = new ArrayList<>();
    private final Map<DocumentId, PlanDocument> documents = new TreeMap<>();
    private final Set<DocumentId> named = new HashSet<>();

    @Override
    public synchronized void begin() {
        calls.add("begin");
        named.clear();
    }

    @Override
    public synchronized void publish(WrittenPlan<?> plan) {
        calls.add("publish " + plan.id());
        documents.put(plan.id(), plan.document());
        named.add(plan.id());
    }

    @Override
    public synchronized void keep(DocumentId id) {
        calls.add("keep " + id);
        named.add(id);
    }

    @Override
    public synchronized void withdraw(DocumentId id) {
        calls.add("withdraw " + id);
        documents.remove(id);
    }

    @Override
    public synchronized void synced() {
        calls.add("synced");
        documents.keySet().retainAll(named);
    }

    /** {@code begin}, {@code publish listener/shop/web}, ... */
    public synchronized List<String> calls() {
        return List.copyOf(calls);
    }

    public synchronized Map<DocumentId, PlanDocument> documents() {
        return new TreeMap<>(documents);
    }
}
