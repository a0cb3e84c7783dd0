package dev.slb.simulation;

import dev.slb.forwarder.table.ListenerRuntime;

import java.util.HashSet;
import java.util.Set;

/** Why something of a listener may be refused in a scenario: any other reason that is counted is a wrong one. */
final class PossibleReasons {

    private final Set<String> reasons = new HashSet<>();

    void add(boolean when, String... some) {
        if (when) {
            reasons.addAll(Set.of(some));
        }
    }

    /** @param what is refused */
    void check(String what, ListenerRuntime listener, Ledger ledger) {
        listener.refusals().keySet().stream()
                .filter(each -> !reasons.contains(each))
                .forEach(each -> ledger.violated(what + " for no reason there is: " + each));
    }
}
