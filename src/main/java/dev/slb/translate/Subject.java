package dev.slb.translate;

import dev.slb.plan.DocumentId;
import dev.slb.plan.PlanDocument;
import io.fabric8.kubernetes.api.model.HasMetadata;

import java.util.ArrayList;
import java.util.List;

/**
 * Words the verdicts on one object, so that each message says which object it speaks of.
 *
 * @param name kind, namespace and name, such as {@code Listener shop/web}
 */
public record Subject(String name) {

    private static final int MAX_LISTED = 10;

    public static Subject of(HasMetadata object) {
        return new Subject(describe(object));
    }

    static String describe(HasMetadata object) {
        return describe(
                object.getKind(),
                object.getMetadata().getNamespace(),
                object.getMetadata().getName());
    }

    static String describe(String kind, String namespace, String name) {
        return kind + " " + namespace + "/" + name;
    }

    /** @param notes what is not as asked for, though the object is served */
    Verdict accepted(List<String> notes) {
        List<String> parts = new ArrayList<>(List.of("accepted"));
        parts.addAll(notes);
        return verdict(ConditionType.Accepted, true, ConditionReason.Accepted, parts);
    }

    Verdict notAccepted(ConditionReason reason, List<String> problems) {
        return verdict(ConditionType.Accepted, false, reason, problems);
    }

    Verdict resolved() {
        return verdict(
                ConditionType.ResolvedRefs, true, ConditionReason.ResolvedRefs, List.of("all references are resolved"));
    }

    Verdict notResolved(ConditionReason reason, List<String> problems) {
        return verdict(ConditionType.ResolvedRefs, false, reason, problems);
    }

    /**
     * For an object whose {@code loadBalancerRef} is not even there.
     *
     * @param unreadable what of the object could not be read; the reference may be among it
     */
    Verdict withoutLoadBalancer(List<String> unreadable) {
        return notAccepted(
                ConditionReason.Invalid,
                unreadable.isEmpty() ? List.of("spec.loadBalancerRef.name: is missing") : unreadable);
    }

    /** As {@link #withoutLoadBalancer(List)}: what may have been there and can't be read now ends nothing that is served. */
    <D extends PlanDocument> Outcome<D> withoutLoadBalancer(DocumentId id, List<String> unreadable) {
        return unreadable.isEmpty() ? Outcome.withdraw(id) : Outcome.keepLast(id, null);
    }

    Verdict loadBalancerNotFound(String namespace, String loadBalancer) {
        return notAccepted(
                ConditionReason.LoadBalancerNotFound,
                List.of("spec.loadBalancerRef.name: " + describe("LoadBalancer", namespace, loadBalancer)
                        + " does not exist"));
    }

    /** @param parts of the message, the weightiest first */
    public Verdict verdict(ConditionType type, boolean met, ConditionReason reason, List<String> parts) {
        String listed = String.join("; ", parts.subList(0, Math.min(parts.size(), MAX_LISTED)));
        String rest = parts.size() > MAX_LISTED ? "; and " + (parts.size() - MAX_LISTED) + " more" : "";
        return new Verdict(type, met, reason, name + ": " + listed + rest);
    }
}
