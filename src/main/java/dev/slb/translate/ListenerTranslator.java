package dev.slb.translate;

import dev.slb.api.Listener;
import dev.slb.api.ListenerSpec;
import dev.slb.api.ListenerState;
import dev.slb.api.LoadBalancer;
import dev.slb.api.Protocol;
import dev.slb.plan.DocumentId;
import dev.slb.plan.HealthCheckPlan;
import dev.slb.plan.ListenerPlan;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Translates a Listener.
 *
 * <ul>
 *   <li>{@code Accepted}: its LoadBalancer exists, the port is its own, it is within the quotas, and every field can be served.
 *   <li>{@code ResolvedRefs}: its group, the groups of its rules and the target of its redirect exist and may be used. What
 *       may not be used goes on as forwarders did it before, or answers 503 (layer 7) or resets (layer 4) where nothing was
 *       done before; everything else is served.
 *   <li>{@code ResolvedRefs}, too: its certificates, keys and CAs exist and can be used. Where one can't, the listener as a whole
 *       goes on with what it has ({@link Outcome.KeepLast}), and one that never served waits. {@code Accepted} is not touched
 *       by that: nothing is wrong with the listener itself. Only an OCSP response that can't be stapled is a note there: the
 *       listener is served without it.
 * </ul>
 */
public final class ListenerTranslator {

    private final Listener listener;
    private final ListenerSpec spec;
    private final Snapshot snapshot;
    private final Subject subject;
    private final DocumentId id;

    private ListenerTranslator(Listener listener, Snapshot snapshot) {
        this.listener = listener;
        this.spec = listener.getSpec();
        this.snapshot = snapshot;
        this.subject = Subject.of(listener);
        this.id = DocumentId.listener(
                listener.getMetadata().getNamespace(), listener.getMetadata().getName());
    }

    public static ListenerTranslation translate(Listener listener, Snapshot snapshot) {
        return new ListenerTranslator(listener, snapshot).translate();
    }

    /** @param withdraw whether it must stop serving, or goes on with its last good version */
    private record Refusal(Verdict verdict, boolean withdraw) {}

    private ListenerTranslation translate() {
        if (spec == null
                || spec.loadBalancerRef() == null
                || spec.loadBalancerRef().name() == null) {
            return withoutLoadBalancer();
        }
        Optional<Refusal> refusal = refusal();
        References references = new References(listener, snapshot);
        boolean stopped = spec.state() == ListenerState.Stopped;
        Integer bindPort = bindPort();
        boolean wanted = refusal.isEmpty() && !stopped;
        boolean awaitsBindPort = wanted && bindPort == null;
        boolean awaitsCookieKey = wanted
                && Persistence.usesCookies(spec)
                && snapshot.cookieKey(id.namespace(), spec.loadBalancerRef().name())
                        .isEmpty();
        boolean waits = awaitsBindPort
                || awaitsCookieKey
                || !references.secrets().broken().isEmpty();
        return new ListenerTranslation(
                outcome(refusal, stopped, waits, bindPort, references),
                refusal.map(Refusal::verdict).orElseGet(() -> subject.accepted(notes(references))),
                references.verdict(subject),
                bindPort,
                awaitsBindPort,
                awaitsCookieKey,
                stopped,
                refusal.isPresent() ? null : worstCaseFailoverSeconds());
    }

    private ListenerTranslation withoutLoadBalancer() {
        return new ListenerTranslation(
                subject.withoutLoadBalancer(id, listener.unreadable()),
                subject.withoutLoadBalancer(listener.unreadable()),
                subject.resolved(),
                bindPort(),
                false,
                false,
                false,
                null);
    }

    private Outcome<ListenerPlan> outcome(
            Optional<Refusal> refusal, boolean stopped, boolean waits, Integer bindPort, References references) {
        if (stopped || refusal.map(Refusal::withdraw).orElse(false)) {
            return Outcome.withdraw(id);
        }
        return refusal.isPresent() || waits
                ? Outcome.keepLast(
                        id,
                        DocumentId.loadBalancer(
                                id.namespace(), spec.loadBalancerRef().name()))
                : Outcome.publish(ListenerPlans.plan(listener, references, bindPort));
    }

    private Optional<Refusal> refusal() {
        String namespace = listener.getMetadata().getNamespace();
        String name = spec.loadBalancerRef().name();
        Optional<LoadBalancer> loadBalancer = snapshot.loadBalancer(namespace, name);
        if (loadBalancer.isEmpty()) {
            return Optional.of(new Refusal(subject.loadBalancerNotFound(namespace, name), true));
        }
        if (!listener.unreadable().isEmpty()) {
            // What else it may be refused for depends on what it says.
            return Optional.of(new Refusal(subject.notAccepted(ConditionReason.Invalid, listener.unreadable()), false));
        }
        Quotas quotas = snapshot.settings().quotas();
        Claims.Claim claim = snapshot.claims(namespace, name).of(listener);
        if (claim.winner() != null) {
            return withdrawn(
                    ConditionReason.PortConflict,
                    List.of("spec.port: " + spec.port() + " belongs to " + Subject.describe(claim.winner()) + ", which "
                            + whyFirst(claim.winner())));
        }
        if (claim.overQuota()) {
            return withdrawn(
                    ConditionReason.QuotaExceeded,
                    List.of("spec.loadBalancerRef.name: " + Subject.describe("LoadBalancer", namespace, name) + " has "
                            + quotas.listeners() + " older listeners, which is the quota"));
        }
        List<String> overQuota = ListenerChecks.overQuota(spec, quotas);
        if (!overQuota.isEmpty()) {
            return withdrawn(ConditionReason.QuotaExceeded, overQuota);
        }
        List<String> problems = new ArrayList<>(ListenerChecks.of(spec));
        problems.addAll(Limits.overBandwidth(spec, loadBalancer.get(), claim));
        UnservedFeatures.refused(loadBalancer.get().getSpec())
                .forEach(refused -> problems.add("spec.loadBalancerRef.name: "
                        + Subject.describe("LoadBalancer", namespace, name) + ": " + refused));
        return problems.isEmpty()
                ? Optional.empty()
                : Optional.of(new Refusal(subject.notAccepted(ConditionReason.Invalid, problems), false));
    }

    private String whyFirst(Listener winner) {
        if (snapshot.holdings().hasItsPort(winner)) {
            return "has it already";
        }
        return Age.isOlder(winner, listener) ? "is older" : "comes first by name";
    }

    /** What is not as asked for, though the listener is served. */
    private List<String> notes(References references) {
        if (spec.protocol() != Protocol.HTTPS) {
            return List.of();
        }
        List<String> notes = new ArrayList<>(references.secrets().notes());
        notes.addAll(TlsParameters.of(spec.tls()).notes());
        return notes;
    }

    private Optional<Refusal> withdrawn(ConditionReason reason, List<String> problems) {
        return Optional.of(new Refusal(subject.notAccepted(reason, problems), true));
    }

    private Integer bindPort() {
        return switch (snapshot.settings().bindPorts()) {
            case SAME_AS_PORT -> spec == null ? null : spec.port();
            case RECORDED ->
                listener.getStatus() == null ? null : listener.getStatus().bindPort();
        };
    }

    private Integer worstCaseFailoverSeconds() {
        HealthCheckPlan check = spec.redirect() == null
                ? HealthChecks.plan(spec.healthCheck(), spec.protocol(), Backends.plan(spec, null), null)
                : null;
        return check == null
                ? null
                : (int) Duration.ofMillis(check.worstCaseFailoverMillis()).toSeconds();
    }
}
