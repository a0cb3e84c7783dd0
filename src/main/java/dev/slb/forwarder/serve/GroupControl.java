package dev.slb.forwarder.serve;

import dev.slb.forwarder.schedule.Position;
import dev.slb.plan.DocumentId;
import dev.slb.plan.GroupPlan;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/** A group as it was last published, and who uses it. Owned by the control thread. */
public final class GroupControl {

    /** Whoever makes something of the group. */
    interface User {

        /** A new version. */
        void update(GroupPlan plan);
    }

    private final DocumentId id;
    private final Position position;
    private final Set<User> users = new LinkedHashSet<>();
    private final Set<Runnable> watchers = new LinkedHashSet<>();
    private GroupPlan plan;
    private boolean published;

    /** @param chance for what is left to it when its tables change */
    GroupControl(DocumentId id, RandomGenerator chance) {
        this.id = id;
        this.position = new Position(chance);
    }

    /** A group that exists and never had a valid version: it must not hold back the listeners that name it. */
    static GroupControl empty(DocumentId id, RandomGenerator chance) {
        GroupControl group = new GroupControl(id, chance);
        group.publish(new GroupPlan(id, null, List.of()));
        return group;
    }

    public DocumentId id() {
        return id;
    }

    /** The latest version. */
    public GroupPlan plan() {
        return plan;
    }

    Position position() {
        return position;
    }

    Set<User> users() {
        return users;
    }

    /** Those who use it no longer, but have connections to its servers: run when others belong to it, and when it is forgotten. */
    Set<Runnable> watchers() {
        return watchers;
    }

    /** Known to new versions of listeners. A group that was withdrawn is not, but goes on for those that use it. */
    boolean isPublished() {
        return published;
    }

    void publish(GroupPlan next) {
        plan = next;
        published = true;
        users.forEach(each -> each.update(next));
        watchers.forEach(Runnable::run);
    }

    void withdraw() {
        published = false;
    }
}
