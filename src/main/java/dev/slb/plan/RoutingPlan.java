package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * Where what comes in goes to.
 *
 * @param action what happens when no rule matches
 * @param rules layer 7 only, sorted by name; matching order is not their order but {@link RulePlan}'s
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record RoutingPlan(Action action, List<RulePlan> rules) {

    public RoutingPlan {
        rules = rules == null ? List.of() : rules.stream().sorted().toList();
    }

    /** All that may happen: when no rule matches, then those of the rules. */
    public Stream<Action> actions() {
        return Stream.concat(Stream.of(action), rules.stream().map(RulePlan::action));
    }

    /** What this rule does, null when there is none of that name; without a name what happens when no rule matches. */
    Action actionOf(String rule) {
        return rule == null
                ? action
                : rules.stream()
                        .filter(each -> each.name().equals(rule))
                        .map(RulePlan::action)
                        .findFirst()
                        .orElse(null);
    }

    /** @param change of the name of a rule, or null, and its action */
    RoutingPlan with(BiFunction<String, Action, Action> change) {
        return new RoutingPlan(
                change.apply(null, action),
                rules.stream()
                        .map(rule -> rule.with(change.apply(rule.name(), rule.action())))
                        .toList());
    }

    List<String> validate(ListenerProtocol protocol) {
        Problems problems = new Problems();
        problems.require(action != null, "action", "is missing");
        if (action != null) {
            problems.addAll("action", action.validate(protocol));
        }
        problems.require(protocol.isLayer7() || rules.isEmpty(), "rules", "belong to layer 7");
        Set<String> names = new HashSet<>();
        Set<List<String>> matches = new HashSet<>();
        for (RulePlan rule : rules) {
            String at = "rules[" + rule.name() + "]";
            problems.addAll(at, rule.validate(protocol));
            problems.require(names.add(rule.name()), at, "is there twice");
            problems.require(
                    matches.add(Arrays.asList(rule.host(), rule.path())),
                    at,
                    "matches the same host and path as another");
        }
        return problems.list();
    }
}
