package dev.slb.translate.status;

import dev.slb.plan.GroupBalance;
import dev.slb.plan.GroupBalance.Share;
import dev.slb.plan.GroupBalance.Verdict;
import dev.slb.translate.ConditionReason;
import dev.slb.translate.ConditionType;
import dev.slb.translate.Subject;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The condition Balanced: whether the traffic of a group follows its weights. Each forwarder chooses by itself, so one whose
 * traffic does not is enough. Forwarders make up their minds slowly, over several windows of time: nothing more is needed
 * here to keep it from turning to and fro.
 *
 * @param status True, False or Unknown
 */
record BalancedCondition(String status, ConditionReason reason, String message) {

    /** Empty while no forwarder has seen enough traffic to say. */
    static Optional<BalancedCondition> of(Subject subject, List<ForwarderReports.Said<GroupBalance>> said) {
        for (ForwarderReports.Said<GroupBalance> each : said) {
            if (each.what().verdict() == Verdict.DIFFERS) {
                return Optional.of(differs(subject, each));
            }
        }
        for (ForwarderReports.Said<GroupBalance> each : said) {
            if (each.what().verdict() == Verdict.NOT_COMPARED) {
                return Optional.of(new BalancedCondition(
                        "Unknown", ConditionReason.NotByWeights, worded(subject, why(each.what()))));
            }
        }
        return said.isEmpty()
                ? Optional.empty()
                : Optional.of(new BalancedCondition(
                        "True", ConditionReason.Balanced, worded(subject, "traffic follows the weights")));
    }

    private static BalancedCondition differs(Subject subject, ForwarderReports.Said<GroupBalance> said) {
        GroupBalance balance = said.what();
        List<String> parts = new ArrayList<>();
        parts.add("traffic did not follow the weights when it was compared last");
        if (!balance.shares().isEmpty()) {
            Share share = balance.shares().get(0);
            parts.add("server %s got %s where %s were due (%d counted, %s, forwarder %s)"
                    .formatted(
                            share.name(),
                            percent(share.seen()),
                            percent(share.expected()),
                            balance.counted(),
                            chance(balance.pValue()),
                            said.forwarder()));
        }
        parts.add(why(balance));
        return new BalancedCondition("False", reason(balance), worded(subject, parts.toArray(String[]::new)));
    }

    private static String worded(Subject subject, String... parts) {
        return subject.verdict(ConditionType.Balanced, true, ConditionReason.Balanced, List.of(parts))
                .message();
    }

    private static ConditionReason reason(GroupBalance balance) {
        return switch (balance.reason()) {
            case PERSISTENCE -> ConditionReason.SessionPersistence;
            case WLC_WITH_PERSISTENCE -> ConditionReason.WlcWithPersistence;
            case FEW_CLIENTS -> ConditionReason.FewClients;
            case HEALTH -> ConditionReason.HealthFlaps;
            case UNEXPLAINED, WLC, HASHING, MIXED -> ConditionReason.Unexplained;
        };
    }

    private static String why(GroupBalance balance) {
        return switch (balance.reason()) {
            case PERSISTENCE -> "session persistence keeps clients with their servers";
            case WLC_WITH_PERSISTENCE ->
                "scheduler WLC gives new clients to the server that is free, and session persistence keeps them there: "
                        + "WRR does not pile them up";
            case FEW_CLIENTS ->
                "too few clients for even shares, and session persistence keeps them with their servers";
            case HEALTH -> "servers came and went by their health";
            case UNEXPLAINED -> "no cause is known";
            case WLC -> "not compared: scheduler WLC goes by live connections, not by weights alone";
            case HASHING -> "not compared: a scheduler that hashes goes by clients, not by weights alone";
            case MIXED -> "not compared: a listener uses it with the schedulers WRR and RR";
        };
    }

    private static String percent(int perMille) {
        return String.format(Locale.ROOT, "%.1f %%", perMille / 10.0);
    }

    private static String chance(Double pValue) {
        return pValue == null || pValue < 1e-9 ? "p < 1e-9" : String.format(Locale.ROOT, "p = %.1e", pValue);
    }
}
