package dev.slb.translate.status;

import dev.slb.translate.ConditionReason;
import dev.slb.translate.ConditionType;
import dev.slb.translate.Subject;
import dev.slb.translate.Translation;
import dev.slb.translate.Verdict;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;

import java.util.List;
import java.util.Optional;

/** The condition Ready: the first that fails of Accepted, Programmed and what the kind asks for itself. */
final class ReadyCondition {

    private ReadyCondition() {}

    /**
     * @param unmet what fails of the kind's own, if anything
     * @param previous conditions of the status before
     */
    static Verdict of(
            HasMetadata object,
            Translation translation,
            Verdict programmed,
            Optional<Unmet> unmet,
            List<Condition> previous) {
        return of(object, translation, programmed, unmet, previous, "ready");
    }

    /** @param ready what is said when nothing fails */
    static Verdict of(
            HasMetadata object,
            Translation translation,
            Verdict programmed,
            Optional<Unmet> unmet,
            List<Condition> previous,
            String ready) {
        if (!translation.accepted().met()) {
            return new Verdict(
                    ConditionType.Ready,
                    false,
                    ConditionReason.NotAccepted,
                    translation.accepted().message());
        }
        Subject subject = Subject.of(object);
        if (!programmed.met()) {
            return subject.verdict(
                    ConditionType.Ready, false, ConditionReason.NotProgrammed, List.of(programmed.message()));
        }
        return unmet.filter(each -> !each.undecided() || !wasReady(previous))
                .map(each -> subject.verdict(ConditionType.Ready, false, each.reason(), List.of(each.explanation())))
                .orElseGet(() -> subject.verdict(ConditionType.Ready, true, ConditionReason.Ready, List.of(ready)));
    }

    private static boolean wasReady(List<Condition> previous) {
        return previous.stream()
                .anyMatch(condition -> ConditionType.Ready.name().equals(condition.getType())
                        && ConditionReason.Ready.name().equals(condition.getReason()));
    }

    /**
     * @param undecided all servers await their first verdict, and so does what comes for them: one that was ready, as before a
     *     rolling restart, stays so until it is known better
     */
    record Unmet(ConditionReason reason, String explanation, boolean undecided) {

        Unmet(ConditionReason reason, String explanation) {
            this(reason, explanation, false);
        }
    }
}
