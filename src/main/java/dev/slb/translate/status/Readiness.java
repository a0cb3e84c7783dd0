package dev.slb.translate.status;

import dev.slb.translate.ConditionType;
import dev.slb.translate.Reason;
import dev.slb.translate.Subject;
import dev.slb.translate.Translation;
import dev.slb.translate.Verdict;
import io.fabric8.kubernetes.api.model.HasMetadata;

import java.util.List;
import java.util.Optional;

/** The condition Ready: the first that fails of Accepted, Programmed and what the kind asks for itself. */
final class Readiness {

    private Readiness() {}

    /** @param unmet what fails of the kind's own, if anything */
    static Verdict of(HasMetadata object, Translation translation, Verdict programmed, Optional<Unmet> unmet) {
        return of(object, translation, programmed, unmet, "ready");
    }

    /** @param ready what is said when nothing fails */
    static Verdict of(
            HasMetadata object, Translation translation, Verdict programmed, Optional<Unmet> unmet, String ready) {
        if (!translation.accepted().met()) {
            return new Verdict(
                    ConditionType.Ready,
                    false,
                    Reason.NotAccepted,
                    translation.accepted().message());
        }
        Subject subject = Subject.of(object);
        if (!programmed.met()) {
            return subject.verdict(ConditionType.Ready, false, Reason.NotProgrammed, List.of(programmed.message()));
        }
        return unmet.map(
                        each -> subject.verdict(ConditionType.Ready, false, each.reason(), List.of(each.explanation())))
                .orElseGet(() -> subject.verdict(ConditionType.Ready, true, Reason.Ready, List.of(ready)));
    }

    record Unmet(Reason reason, String explanation) {}
}
