package dev.slb.translate.status;

import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.PlanDocument;
import dev.slb.translate.ConditionReason;
import dev.slb.translate.ConditionType;
import dev.slb.translate.Outcome;
import dev.slb.translate.Translation;
import dev.slb.translate.Verdict;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether the forwarders do what a translation says.
 *
 * @param forwarders how many of them do
 */
record Programming(Verdict verdict, int forwarders) {

    static Programming of(Translation translation, ForwarderReports reports) {
        List<? extends Outcome<? extends PlanDocument>> outcomes = translation.outcomes();
        for (Outcome<? extends PlanDocument> outcome : outcomes) {
            if (!(outcome instanceof Outcome.Publish)) {
                return notPublished(translation, outcome, reports);
            }
        }
        int programmed = 0;
        List<String> waiting = new ArrayList<>();
        List<String> refusals = new ArrayList<>();
        for (IndexedReport report : reports.all()) {
            boolean all = true;
            for (Outcome<? extends PlanDocument> outcome : outcomes) {
                String version = ((Outcome.Publish<?>) outcome).version();
                DocumentState state = report.document(outcome.id());
                if (state == null || !version.equals(state.serving())) {
                    all = false;
                    boolean refused = state != null && version.equals(state.refused());
                    explain(report, state, refused ? refusals : waiting);
                }
            }
            programmed += all ? 1 : 0;
        }
        return new Programming(verdict(programmed, reports.total(), waiting, refusals), programmed);
    }

    private static Verdict verdict(int programmed, int total, List<String> waiting, List<String> refusals) {
        if (total == 0) {
            return programmed(false, ConditionReason.NoForwarder, "no forwarder is ready");
        }
        String count = programmed + " of " + total + " forwarders";
        if (programmed == total) {
            return programmed(true, ConditionReason.Programmed, count);
        }
        return refusals.isEmpty()
                ? programmed(false, ConditionReason.Pending, count + listed(waiting))
                : programmed(false, ConditionReason.Refused, count + listed(refusals));
    }

    private static String listed(List<String> explanations) {
        return explanations.isEmpty() ? "" : "; " + String.join("; ", explanations);
    }

    private static void explain(IndexedReport report, DocumentState state, List<String> explanations) {
        if (state != null && state.message() != null) {
            explanations.add(report.forwarder() + ": " + state.message());
        }
    }

    /** Nothing is to be served, or nothing new. */
    private static Programming notPublished(
            Translation translation, Outcome<? extends PlanDocument> outcome, ForwarderReports reports) {
        int serving = reports.serving(outcome.id());
        int total = reports.total();
        if (outcome instanceof Outcome.KeepLast) {
            String why = translation.accepted().met() ? "waits for " + translation.awaited() : "not accepted";
            return new Programming(
                    programmed(
                            false,
                            ConditionReason.Pending,
                            why + "; " + serving + " of " + total + " forwarders keep an earlier version"),
                    0);
        }
        boolean asWished = translation.accepted().met() && serving == 0;
        return new Programming(
                programmed(
                        asWished,
                        asWished ? ConditionReason.Programmed : ConditionReason.Pending,
                        (translation.accepted().met() ? "" : "not accepted; ") + "withdrawn from " + (total - serving)
                                + " of " + total + " forwarders"),
                total - serving);
    }

    private static Verdict programmed(boolean met, ConditionReason reason, String message) {
        return new Verdict(ConditionType.Programmed, met, reason, message);
    }
}
