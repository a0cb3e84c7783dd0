package dev.slb.translate;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;

import java.util.List;
import java.util.Map;

/** Label selectors with the meaning that Kubernetes gives them. */
public final class LabelSelectors {

    private static final List<String> OPERATORS = List.of("In", "NotIn", "Exists", "DoesNotExist");

    private LabelSelectors() {}

    /**
     * Whether all requirements hold. An empty selector matches everything, a requirement without a key or with an operator
     * that does not exist nothing.
     */
    public static boolean matches(LabelSelector selector, Map<String, String> labels) {
        return (selector.getMatchLabels() == null
                        || selector.getMatchLabels().entrySet().stream()
                                .allMatch(wanted -> wanted.getValue() != null
                                        && wanted.getValue().equals(value(labels, wanted.getKey()))))
                && (selector.getMatchExpressions() == null
                        || selector.getMatchExpressions().stream().allMatch(requirement -> holds(requirement, labels)));
    }

    private static boolean holds(LabelSelectorRequirement requirement, Map<String, String> labels) {
        if (requirement == null || requirement.getKey() == null) {
            return false;
        }
        String value = value(labels, requirement.getKey());
        return switch (String.valueOf(requirement.getOperator())) {
            case "In" -> value != null && values(requirement).contains(value);
            case "NotIn" -> value == null || !values(requirement).contains(value);
            case "Exists" -> value != null;
            case "DoesNotExist" -> value == null;
            default -> false;
        };
    }

    private static List<String> values(LabelSelectorRequirement requirement) {
        return requirement.getValues() == null ? List.of() : requirement.getValues();
    }

    private static String value(Map<String, String> labels, String key) {
        return key == null ? null : labels.get(key);
    }

    /** What is wrong with a selector, by field path relative to it; the API server does not look inside. */
    static void check(LabelSelector selector, String path, FieldProblems problems) {
        List<LabelSelectorRequirement> requirements =
                selector.getMatchExpressions() == null ? List.of() : selector.getMatchExpressions();
        for (int i = 0; i < requirements.size(); i++) {
            LabelSelectorRequirement requirement = requirements.get(i);
            String at = path + ".matchExpressions[" + i + "]";
            problems.present(requirement, at);
            if (requirement == null) {
                continue;
            }
            problems.present(requirement.getKey(), at + ".key");
            String operator = String.valueOf(requirement.getOperator());
            problems.require(
                    OPERATORS.contains(operator), at + ".operator", "must be In, NotIn, Exists or DoesNotExist");
            boolean wantsValues = List.of("In", "NotIn").contains(operator);
            problems.require(
                    values(requirement).isEmpty() != wantsValues,
                    at + ".values",
                    wantsValues ? "are missing" : "must be empty with " + operator);
        }
    }
}
