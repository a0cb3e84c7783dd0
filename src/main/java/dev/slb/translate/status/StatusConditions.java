package dev.slb.translate.status;

import dev.slb.translate.ConditionType;
import dev.slb.translate.Reason;
import dev.slb.translate.Translation;
import dev.slb.translate.Verdict;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The conditions of a status. Equal verdicts on an equal generation make equal conditions, whenever they are made. */
final class StatusConditions {

    /** Nobody needs to act. */
    private static final Set<Reason> IN_PROGRESS = Set.of(Reason.Pending, Reason.NoForwarder, Reason.NoAddress);

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
        List<Verdict> verdicts =
                new ArrayList<>(List.of(translation.accepted(), translation.resolvedRefs(), programmed, ready));
        Verdict cause = cause(translation.accepted(), programmed, ready);
        if (cause != null) {
            boolean reconciling = IN_PROGRESS.contains(cause.reason());
            verdicts.add(new Verdict(
                    reconciling ? ConditionType.Reconciling : ConditionType.Stalled,
                    true,
                    cause.reason(),
                    cause.message()));
        }
        return verdicts.stream()
                .map(verdict -> condition(verdict, previous, generation, now))
                .toList();
    }

    /** What keeps the object from its wished state; null when nothing does, or only its servers. */
    private static Verdict cause(Verdict accepted, Verdict programmed, Verdict ready) {
        if (!accepted.met()) {
            return accepted;
        }
        if (!programmed.met()) {
            return programmed;
        }
        return ready.reason() == Reason.NoAddress ? ready : null;
    }

    private static Condition condition(Verdict verdict, List<Condition> previous, Long generation, Instant now) {
        String type = verdict.type().name();
        String status = verdict.met() ? "True" : "False";
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
                .withReason(verdict.reason().name())
                .withMessage(verdict.message())
                .withObservedGeneration(generation)
                .withLastTransitionTime(time)
                .build();
    }
}
