package dev.slb.control.world;

import dev.slb.translate.LabelSelectors;
import dev.slb.translate.PodFacts;
import io.fabric8.kubernetes.api.model.LabelSelector;

import java.util.Collection;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** One selector of a namespace, however many objects have it: which pods it matches, and whose it is. */
final class SelectedPods {

    private final LabelSelector selector;
    private final Collection<Label> anchors;
    private final Users users = new Users();
    private final SortedSet<PodFacts> pods = new TreeSet<>(PodFacts.OLDEST_FIRST);

    /** @param anchors of which a pod has one if it is matched; none when nothing can be said */
    SelectedPods(LabelSelector selector, Collection<Label> anchors) {
        this.selector = selector;
        this.anchors = anchors;
    }

    Collection<Label> anchors() {
        return anchors;
    }

    Users users() {
        return users;
    }

    /** Oldest first. */
    SortedSet<PodFacts> pods() {
        return pods;
    }

    boolean matches(Map<String, String> labels) {
        return LabelSelectors.matches(selector, labels);
    }
}
