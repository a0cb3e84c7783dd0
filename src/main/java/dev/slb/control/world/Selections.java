package dev.slb.control.world;

import dev.slb.translate.PodFacts;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The pods of one namespace and the selectors that are in use there: which selectors match a pod, and which pods a selector has,
 * kept up as both change.
 *
 * <p>A selector stands under labels of which each of its pods has one, the ones that fewest other selectors stand under; so a pod
 * is held against few selectors that don't match it. Where a selector asks for no label, only for absence or for nothing,
 * every pod is held against it.
 */
final class Selections {

    private final Map<String, PodFacts> pods = new HashMap<>();
    private final Map<Label, Set<String>> podsByLabel = new HashMap<>();
    private final Map<LabelSelector, SelectedPods> selections = new HashMap<>();
    private final Map<Label, Set<SelectedPods>> anchored = new HashMap<>();
    private final Set<SelectedPods> unanchored = new LinkedHashSet<>();

    /** Null when there is none. */
    PodFacts pod(String name) {
        return pods.get(name);
    }

    boolean isEmpty() {
        return pods.isEmpty() && selections.isEmpty();
    }

    /** @return the one before, null when there was none */
    PodFacts put(PodFacts pod) {
        PodFacts before = pods.put(pod.name(), pod);
        if (before != null && before.labels().equals(pod.labels())) {
            for (SelectedPods selection : matching(pod)) {
                selection.pods().remove(before);
                selection.pods().add(pod);
            }
            return before;
        }
        if (before != null) {
            leave(before);
        }
        pod.labels()
                .entrySet()
                .forEach(label -> podsByLabel
                        .computeIfAbsent(Label.of(label), key -> new HashSet<>())
                        .add(pod.name()));
        matching(pod).forEach(selection -> selection.pods().add(pod));
        return before;
    }

    /** @return the one that was there, null when there was none */
    PodFacts remove(String name) {
        PodFacts before = pods.remove(name);
        if (before != null) {
            leave(before);
        }
        return before;
    }

    private void leave(PodFacts pod) {
        matching(pod).forEach(selection -> selection.pods().remove(pod));
        pod.labels()
                .entrySet()
                .forEach(label -> podsByLabel.computeIfPresent(Label.of(label), (key, names) -> {
                    names.remove(pod.name());
                    return names.isEmpty() ? null : names;
                }));
    }

    /** The selections that a pod with these labels is in, finished or not. */
    List<SelectedPods> matching(PodFacts pod) {
        List<SelectedPods> matching = new ArrayList<>();
        for (Map.Entry<String, String> label : pod.labels().entrySet()) {
            addMatching(anchored.getOrDefault(Label.of(label), Set.of()), pod, matching);
            addMatching(anchored.getOrDefault(Label.any(label.getKey()), Set.of()), pod, matching);
        }
        addMatching(unanchored, pod, matching);
        return matching;
    }

    private static void addMatching(Set<SelectedPods> selections, PodFacts pod, List<SelectedPods> matching) {
        for (SelectedPods selection : selections) {
            if (selection.matches(pod.labels())) {
                matching.add(selection);
            }
        }
    }

    /** Null when nobody has this selector. */
    SelectedPods find(LabelSelector selector) {
        return selections.get(selector);
    }

    /** One that is not there yet comes to be. */
    SelectedPods get(LabelSelector selector) {
        return selections.computeIfAbsent(selector, this::newSelection);
    }

    private SelectedPods newSelection(LabelSelector selector) {
        SelectedPods selection = new SelectedPods(selector, anchors(selector));
        if (selection.anchors().isEmpty()) {
            unanchored.add(selection);
        }
        selection
                .anchors()
                .forEach(label -> anchored.computeIfAbsent(label, key -> new LinkedHashSet<>())
                        .add(selection));
        perhapsMatched(selection).filter(pod -> selection.matches(pod.labels())).forEach(selection.pods()::add);
        return selection;
    }

    private Stream<PodFacts> perhapsMatched(SelectedPods selection) {
        boolean byValue =
                !selection.anchors().isEmpty() && selection.anchors().stream().allMatch(label -> label.value() != null);
        return byValue
                ? selection.anchors().stream()
                        .flatMap(label -> podsByLabel.getOrDefault(label, Set.of()).stream())
                        .map(pods::get)
                : pods.values().stream();
    }

    /** Nobody has this selector any more. */
    void forget(LabelSelector selector) {
        SelectedPods selection = selections.remove(selector);
        unanchored.remove(selection);
        selection
                .anchors()
                .forEach(label -> anchored.computeIfPresent(label, (key, there) -> {
                    there.remove(selection);
                    return there.isEmpty() ? null : there;
                }));
    }

    private Collection<Label> anchors(LabelSelector selector) {
        return wantedLabels(selector).stream()
                .min(Comparator.comparingInt(this::crowd))
                .orElse(Set.of());
    }

    /** How many selectors stand there already. */
    private int crowd(Collection<Label> labels) {
        return labels.stream()
                .mapToInt(label -> anchored.getOrDefault(label, Set.of()).size())
                .sum();
    }

    /** For each requirement that only a label meets, the labels of which one is needed. */
    private static List<Set<Label>> wantedLabels(LabelSelector selector) {
        List<Set<Label>> wanted = new ArrayList<>();
        if (selector.getMatchLabels() != null) {
            selector.getMatchLabels().entrySet().stream()
                    .filter(label -> label.getValue() != null)
                    .forEach(label -> wanted.add(Set.of(Label.of(label))));
        }
        if (selector.getMatchExpressions() != null) {
            selector.getMatchExpressions().stream()
                    .filter(Objects::nonNull)
                    .map(Selections::wantedLabels)
                    .filter(labels -> !labels.isEmpty())
                    .forEach(wanted::add);
        }
        return wanted;
    }

    private static Set<Label> wantedLabels(LabelSelectorRequirement requirement) {
        Set<Label> labels = new HashSet<>();
        if (requirement.getKey() == null) {
            return labels;
        }
        if ("Exists".equals(requirement.getOperator())) {
            labels.add(Label.any(requirement.getKey()));
        } else if ("In".equals(requirement.getOperator()) && requirement.getValues() != null) {
            requirement.getValues().stream()
                    .filter(Objects::nonNull)
                    .forEach(value -> labels.add(new Label(requirement.getKey(), value)));
        }
        return labels;
    }
}
