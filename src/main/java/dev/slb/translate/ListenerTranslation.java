package dev.slb.translate;

import dev.slb.plan.ListenerPlan;
import dev.slb.plan.PlanDocument;

import java.util.List;

/**
 * @param bindPort the port that forwarders bind, null while there is none
 * @param awaitsBindPort accepted and running, but nothing can be published until a port to bind is recorded in its
 *     status: {@code Outcome.KeepLast} until then
 * @param awaitsCookieKey accepted and running, but there is no key yet for the cookies by which it recognises clients:
 *     {@code Outcome.KeepLast} until then
 * @param stopped as the object asks for
 * @param worstCaseFailoverSeconds how long a dead server may get traffic; null without health checks
 */
public record ListenerTranslation(
        Outcome<ListenerPlan> outcome,
        Verdict accepted,
        Verdict resolvedRefs,
        Integer bindPort,
        boolean awaitsBindPort,
        boolean awaitsCookieKey,
        boolean stopped,
        Integer worstCaseFailoverSeconds)
        implements Translation {

    @Override
    public List<Outcome<? extends PlanDocument>> outcomes() {
        return List.of(outcome);
    }

    @Override
    public String awaited() {
        if (awaitsBindPort) {
            return "a port to bind";
        }
        return awaitsCookieKey ? "the key of its cookies" : "certificates that can be used";
    }
}
