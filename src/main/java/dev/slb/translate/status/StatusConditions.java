package dev.slb.translate.status;

import dev.slb.translate.ConditionReason;
import dev.slb.translate.ConditionType;
import dev.slb.translate.Translation;
import dev.slb.translate.Verdict;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The conditions of a status. Equal verdicts on an equal generation make equal conditions, whenever they are made. */
final class StatusConditions {

    /** Nobody needs to act. */
    private static final Set<ConditionReason> IN_PROGRESS =
            Set.of(ConditionReason.Pending, ConditionReason.NoForwarder, ConditionReason.NoAddress);

    private StatusConditions() {}

    /**
     * @param previous of the status before; a condition whose status is the same keeps its time
     * @param generation of the spec that the verdicts are about
     */
    static List<Condition> of(
            Translation translation,
            Verdict programmed,
            Verdict ready,
            List<Condition> previous,
            Long generation,
            Instant now) {
        return of(translation, programmed, ready, Optional.empty(), previous, generation, now);
    }

    static List<Condition> of(
            Translation translation,
            Verdict programmed,
            Verdict ready,
            Optional<BalancedCondition> balance,
            List<Condition> previous,
            Long generation,
            Instant now) {
        List<Condition> conditions = new ArrayList<>();
        for (Verdict verdict : List.of(translation.accepted(), translation.resolvedRefs(), programmed, ready)) {
            conditions.add(condition(verdict, previous, generation, now));
        }
        balance.ifPresent(each -> conditions.add(condition(
                ConditionType.Balanced, each.status(), each.reason(), each.message(), previous, generation, now)));
        Verdict cause = cause(translation, programmed, ready);
        if (cause != null) {
            boolean reconciling = IN_PROGRESS.contains(cause.reason()) && !translation.isStuck();
            conditions.add(condition(
                    reconciling ? ConditionType.Reconciling : ConditionType.Stalled,
                    "True",
                    cause.reason(),
                    cause.message(),
                    previous,
                    generation,
                    now));
        }
        return List.copyOf(conditions);
    }

    /** What keeps the object from its wished state; null when nothing does, or only its servers. */
    private static Verdict cause(Translation translation, Verdict programmed, Verdict ready) {
        if (!translation.accepted().met()) {
            return translation.accepted();
        }
        // A Secret that is missing may yet come; one that is there stays bad until somebody changes it.
        if (!programmed.met() && translation.resolvedRefs().reason() == ConditionReason.InvalidCertificate) {
            return translation.resolvedRefs();
        }
        if (!programmed.met()) {
            return programmed;
        }
        return ready.reason() == ConditionReason.NoAddress || ready.reason() == ConditionReason.ServesEarlier
                ? ready
                : null;
    }

    private static Condition condition(Verdict verdict, List<Condition> previous, Long generation, Instant now) {
        String status = verdict.met() ? "True" : "False";
        return condition(verdict.type(), status, verdict.reason(), verdict.message(), previous, generation, now);
    }

    private static Condition condition(
            ConditionType conditionType,
            String status,
            ConditionReason reason,
            String message,
            List<Condition> previous,
            Long generation,
            Instant now) {
        String type = conditionType.name();
        String time = previous.stream()
                .filter(before -> type.equals(before.getType())
                        && status.equals(before.getStatus())
                        && before.getLastTransitionTime() != null)
                .map(Condition::getLastTransitionTime)
                .findFirst()
                .orElseGet(() -> now.truncatedTo(ChronoUnit.SECONDS).toString());
        return new ConditionBuilder()
                .withType(type)
                .withStatus(status)
                .withReason(reason.name())
                .withMessage(message)
                .withObservedGeneration(generation)
                .withLastTransitionTime(time)
                .build();
    }
}
