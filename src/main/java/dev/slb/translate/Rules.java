package dev.slb.translate;

import dev.slb.api.ListenerSpec;
import dev.slb.api.Rule;
import dev.slb.plan.RulePlan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Forwarding rules: which requests go to other groups, by host and path. */
final class Rules {

    private Rules() {}

    static void check(ListenerSpec spec, FieldProblems problems) {
        Set<String> names = new HashSet<>();
        Map<RuleMatch, String> matches = new HashMap<>();
        for (int i = 0; i < spec.rules().size(); i++) {
            Rule rule = spec.rules().get(i);
            String path = FieldProblems.entry("spec.rules", i, rule.name());
            problems.present(rule.name(), path + ".name");
            problems.require(names.add(rule.name()), path + ".name", "is there twice");
            RuleMatch match = RuleMatch.of(rule);
            match.check(path, problems);
            String other = matches.putIfAbsent(match, path);
            problems.require(other == null, path, "has the same " + match + " as " + other);
            problems.present(
                    rule.serverGroupRef() == null ? null : rule.serverGroupRef().name(), path + ".serverGroupRef.name");
            Forwarding.check(
                    rule.scheduler(), rule.healthCheck(), rule.sessionPersistence(), spec.protocol(), path, problems);
        }
    }

    static void quota(List<Rule> rules, Quotas quotas, FieldProblems problems) {
        problems.atMost(quotas.rules(), rules.size(), "rules", "spec.rules");
    }

    /** @param targets one for each rule, in their order */
    static List<RulePlan> plan(List<Rule> rules, List<References.Target> targets, Forwarding forwarding) {
        List<RulePlan> plans = new ArrayList<>();
        for (int i = 0; i < rules.size(); i++) {
            Rule rule = rules.get(i);
            References.Target target = targets.get(i);
            RuleMatch match = RuleMatch.of(rule);
            plans.add(new RulePlan(
                    rule.name(),
                    match.host(),
                    match.path(),
                    target.usable() ? forwarding.plan(target.group(), rule) : Forwarding.keep(target)));
        }
        return plans;
    }
}
