package dev.slb.forwarder.serve;

import dev.slb.forwarder.persistence.CookieKey;
import dev.slb.forwarder.table.Server;
import dev.slb.plan.DocumentId;
import dev.slb.plan.Health;
import dev.slb.plan.ServerPlan;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The selections that exist, each once, however many rules and listeners say the same, and those of which something has changed. Owned by
 * the control thread.
 */
final class SharedSelections {

    /**
     * @param inherited what its first target knew of servers that are not checked yet; whoever knows something else has a selection of
     *     its own, until all are checked
     */
    private record Place(GroupControl group, SelectionControl.Key key, Map<Server.Key, Health> inherited) {

        Place settled() {
            return new Place(group, key, Map.of());
        }
    }

    private final Workshop workshop;
    private final Function<DocumentId, CookieKey> cookieKeys;
    private final Runnable whenStale;
    private final Map<Place, SelectionControl> selections = new LinkedHashMap<>();
    private final Map<SelectionControl, Place> places = new HashMap<>();
    private Set<SelectionControl> stale = new LinkedHashSet<>();

    /**
     * @param cookieKeys of LoadBalancers; null for one that has none
     * @param whenStale run when {@link #settle} should be called
     */
    SharedSelections(Workshop workshop, Function<DocumentId, CookieKey> cookieKeys, Runnable whenStale) {
        this.workshop = workshop;
        this.cookieKeys = cookieKeys;
        this.whenStale = whenStale;
    }

    /**
     * The selection of a group by this key, made when it is new. It is there until the last target has {@link #leave left}.
     *
     * @param before what the target chose from until now
     */
    SelectionControl find(GroupControl group, SelectionControl.Key key, List<SelectionControl> before) {
        Place place = new Place(group, key, inherited(group, key, before));
        SelectionControl selection = selections.get(place);
        if (selection == null) {
            selection = new SelectionControl(key, group, place.inherited, before, workshop, cookieKeys, this::changed);
            put(place, selection);
        } else if (selection.isDirty()) {
            selection.rebuild();
        }
        changed(selection);
        return selection;
    }

    private void put(Place place, SelectionControl selection) {
        selections.put(place, selection);
        places.put(selection, place);
    }

    private Map<Server.Key, Health> inherited(
            GroupControl group, SelectionControl.Key key, List<SelectionControl> before) {
        if (before.isEmpty() || key.action().healthCheck() == null) {
            return Map.of();
        }
        Map<Server.Key, Health> inherited = new HashMap<>();
        for (ServerPlan server : group.plan().servers()) {
            Server.Key of = key.of(server);
            if (of == null
                    || !SelectionControl.isChecked(key, server)
                    || workshop.checks()
                                    .health(
                                            of.address(),
                                            of.port(),
                                            key.action().healthCheck())
                            != Health.UNAVAILABLE) {
                continue;
            }
            for (SelectionControl each : before) {
                Health known = each.health(of.with(each.key().backend()));
                if (known != null) {
                    inherited.put(of, known);
                }
            }
        }
        return inherited;
    }

    /** Something of it has changed: what is picked from, or by whom. */
    void changed(SelectionControl selection) {
        stale.add(selection);
        whenStale.run();
    }

    /** One target less. */
    void leave(SelectionControl selection, TargetControl target) {
        selection.targets().remove(target);
        if (selection.targets().isEmpty()) {
            selections.remove(places.remove(selection), selection);
            selection.close();
        }
        changed(selection);
    }

    /** The key of a LoadBalancer's cookies has changed. */
    void cookieKeyChanged(DocumentId loadBalancer) {
        selections.values().stream()
                .filter(each -> loadBalancer.equals(each.key().cookiesOf()))
                .forEach(SelectionControl::cookieKeyChanged);
    }

    /**
     * Brings all up to date.
     *
     * @return those that have changed since the last time; one without targets is no more
     */
    Set<SelectionControl> settle() {
        Set<SelectionControl> changed = new LinkedHashSet<>();
        while (!stale.isEmpty()) {
            Set<SelectionControl> next = stale;
            stale = new LinkedHashSet<>();
            next.forEach(this::settle);
            changed.addAll(next);
        }
        return changed;
    }

    private void settle(SelectionControl selection) {
        Place place = places.get(selection);
        if (place == null) {
            return;
        }
        workshop.transport()
                .faults()
                .guard(selection.group().id(), () -> {
                    if (selection.isDirty()) {
                        selection.rebuild();
                    }
                    if (!place.inherited.isEmpty() && !selection.inherits()) {
                        joinOthers(selection, place);
                    }
                })
                .run();
    }

    /** All servers are checked: nothing is left that others don't know. */
    private void joinOthers(SelectionControl selection, Place place) {
        SelectionControl others = selections.get(place.settled());
        if (others == null) {
            selections.remove(place);
            put(place.settled(), selection);
        } else {
            List.copyOf(selection.targets()).forEach(target -> target.join(others));
        }
    }

    /** How many there are. */
    int size() {
        return selections.size();
    }
}
