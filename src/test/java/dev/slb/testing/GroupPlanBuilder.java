package dev.slb.testing;

import dev.slb.plan.DocumentId;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.ServerPlan;
import dev.slb.plan.ServerRole;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A group of the LoadBalancer {@code shop/shop} whose servers are on loopback. */
public final class GroupPlanBuilder {

    private final DocumentId id;
    private final List<ServerPlan> servers = new ArrayList<>();
    private long slowStartMillis;

    private GroupPlanBuilder(DocumentId id) {
        this.id = id;
    }

    public static GroupPlanBuilder group(String name) {
        return new GroupPlanBuilder(DocumentId.vServerGroup("shop", name));
    }

    public static GroupPlanBuilder masterSlave(String name) {
        return new GroupPlanBuilder(DocumentId.masterSlaveGroup("shop", name));
    }

    public static GroupPlanBuilder pool() {
        return new GroupPlanBuilder(DocumentId.pool("shop", "shop"));
    }

    public GroupPlanBuilder server(String name, int port, long weight) {
        return add(name, port, weight, null);
    }

    /** A server that is not at {@link Loopback#ADDRESS}. */
    public GroupPlanBuilder serverAt(String address, String name, int port, long weight) {
        servers.add(new ServerPlan(id(name, port), name, address, port, null, weight, null, null, false));
        return this;
    }

    public GroupPlanBuilder master(String name, int port) {
        return add(name, port, 100, ServerRole.MASTER);
    }

    public GroupPlanBuilder slave(String name, int port) {
        return add(name, port, 100, ServerRole.SLAVE);
    }

    private GroupPlanBuilder add(String name, int port, long weight, ServerRole role) {
        servers.add(new ServerPlan(id(name, port), name, Loopback.ADDRESS, port, null, weight, null, role, false));
        return this;
    }

    /** A server of the default pool, with its named ports. */
    public GroupPlanBuilder poolServer(String name, long weight, Map<String, Integer> ports) {
        servers.add(new ServerPlan(
                "entry/" + name, name, Loopback.ADDRESS, null, new TreeMap<>(ports), weight, null, null, false));
        return this;
    }

    public GroupPlanBuilder slowStart(long millis) {
        slowStartMillis = millis;
        return this;
    }

    /** The id that a server of this name and port has. */
    public static String id(String name, int port) {
        return "entry/" + name + ":" + port;
    }

    public GroupPlan build() {
        return new GroupPlan(id, TestPlans.SHOP, servers, slowStartMillis);
    }
}
