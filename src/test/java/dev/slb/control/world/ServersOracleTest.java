package dev.slb.control.world;

import dev.slb.api.ApiObject;
import dev.slb.api.GroupServer;
import dev.slb.api.LoadBalancer;
import dev.slb.api.LoadBalancerSpec;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.MasterSlaveGroupSpec;
import dev.slb.api.ObjectRef;
import dev.slb.api.PoolServer;
import dev.slb.api.RoleServer;
import dev.slb.api.ServerSource;
import dev.slb.api.VServerGroup;
import dev.slb.api.VServerGroupSpec;
import dev.slb.base.Cidr;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.kind.ObjectKind;
import dev.slb.translate.AllowedServices;
import dev.slb.translate.NodeFacts;
import dev.slb.translate.PodFacts;
import dev.slb.translate.Quotas;
import dev.slb.translate.ReferenceResolver;
import dev.slb.translate.Settings;
import dev.slb.translate.Snapshot;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * After anything that may happen, the world answers as if all selectors had been resolved anew, and sends for translation exactly the
 * objects whose servers differ: random sequences of events against {@link ReferenceResolver}, {@code -Dservers.seeds} of them.
 */
class ServersOracleTest {

    private static final int SEEDS = Integer.getInteger("servers.seeds", 200);
    private static final int STEPS = 40;

    private static final List<String> NAMESPACES = List.of("shop", "other");
    private static final List<String> LOAD_BALANCERS = List.of("a", "b");
    private static final List<String> ADDRESSES =
            List.of("192.0.2.1", "192.0.2.2", "198.51.100.1", "2001:db8::1", "2001:DB8:0::1", "no address");

    @Test
    void selectionQuotaAndWhoIsTranslatedAgainAreAsIfEverythingWereResolvedAnew() {
        for (long seed = 0; seed < SEEDS; seed++) {
            new Sequence(seed).run();
        }
    }

    /** One sequence of events, in the world and in the plain one beside it. */
    private static final class Sequence {

        private final long seed;
        private final Random random;
        private final PlainSnapshot plain;
        private final World world;
        private String event = "nothing";
        private int uids;

        Sequence(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
            List<Cidr> allowed = random.nextBoolean()
                    ? List.of(Cidr.parse("192.0.2.0/24").orElseThrow())
                    : List.of(
                            Cidr.parse("192.0.2.0/24").orElseThrow(),
                            Cidr.parse("2001:db8::/32").orElseThrow());
            Settings settings = Settings.cluster(
                    new Quotas(50, 40, 1 + random.nextInt(6), 300, 10), allowed, AllowedServices.DEFAULT);
            this.plain = new PlainSnapshot(settings);
            this.world = new World(settings);
            world.setForwarders(1, Set.of());
        }

        void run() {
            for (int step = 0; step < STEPS; step++) {
                SortedMap<ObjectId, List<?>> before = servers();
                Map<ObjectId, ApiObject<?, ?>> objects = new TreeMap<>(plain.objects);
                SortedSet<ObjectId> touched = new TreeSet<>(happen());
                String what = "seed " + seed + ", step " + step + ": " + event;
                SortedMap<ObjectId, List<?>> after = servers();
                assertThat(touched).as(what).isEqualTo(changed(objects, before, after));
                assertThat(indexed()).as(what).isEqualTo(after);
            }
        }

        /** What everybody's sources bring, by the reference. */
        private SortedMap<ObjectId, List<?>> servers() {
            Map<ObjectId, ReferenceResolver> resolvers = new HashMap<>();
            SortedMap<ObjectId, List<?>> servers = new TreeMap<>();
            plain.objects.keySet().forEach(id -> {
                ReferenceResolver resolver = resolvers.computeIfAbsent(
                        loadBalancerOf(id),
                        key -> new ReferenceResolver(
                                loadBalancer(key, plain),
                                plain.vServerGroupsOf(key.namespace(), key.name()),
                                plain.masterSlaveGroupsOf(key.namespace(), key.name()),
                                plain));
                servers.put(id, sources(id).stream().map(resolver::servers).toList());
            });
            return servers;
        }

        private SortedMap<ObjectId, List<?>> indexed() {
            return world.read(snapshot -> {
                SortedMap<ObjectId, List<?>> servers = new TreeMap<>();
                plain.objects
                        .keySet()
                        .forEach(id -> servers.put(
                                id,
                                sources(id).stream()
                                        .map(source -> ReferenceResolver.indexed(
                                                loadBalancer(loadBalancerOf(id), snapshot), snapshot, source))
                                        .toList()));
                return servers;
            });
        }

        private static LoadBalancer loadBalancer(ObjectId id, Snapshot snapshot) {
            return snapshot.loadBalancer(id.namespace(), id.name()).orElseGet(() -> {
                LoadBalancer missing = new LoadBalancer();
                missing.setMetadata(new ObjectMetaBuilder()
                        .withNamespace(id.namespace())
                        .withName(id.name())
                        .build());
                return missing;
            });
        }

        private ObjectId loadBalancerOf(ObjectId id) {
            return loadBalancerOf(id.kind(), plain.objects.get(id));
        }

        private static <T extends ApiObject<?, ?>> ObjectId loadBalancerOf(
                ObjectKind<T, ?> kind, ApiObject<?, ?> object) {
            return kind.needs(kind.of(object).orElseThrow()).loadBalancers().first();
        }

        private List<ServerSource> sources(ObjectId id) {
            return sources(id.kind(), plain.objects.get(id));
        }

        private static <T extends ApiObject<?, ?>> List<ServerSource> sources(
                ObjectKind<T, ?> kind, ApiObject<?, ?> object) {
            return kind.needs(kind.of(object).orElseThrow()).servers();
        }

        /**
         * Who must be translated again: what is new, gone or says something else, and whose servers differ; the parts of a
         * LoadBalancer that comes, goes or has another region, and a LoadBalancer that got or lost a part.
         */
        private SortedSet<ObjectId> changed(
                Map<ObjectId, ApiObject<?, ?>> objects,
                SortedMap<ObjectId, List<?>> before,
                SortedMap<ObjectId, List<?>> after) {
            SortedSet<ObjectId> changed = new TreeSet<>();
            Stream.concat(objects.keySet().stream(), plain.objects.keySet().stream())
                    .distinct()
                    .forEach(id -> {
                        ApiObject<?, ?> old = objects.get(id);
                        ApiObject<?, ?> now = plain.objects.get(id);
                        if (old == null
                                || now == null
                                || !old.getSpec().equals(now.getSpec())
                                || !before.get(id).equals(after.get(id))) {
                            changed.add(id);
                        }
                        if (old == null || now == null) {
                            ApiObject<?, ?> there = old == null ? now : old;
                            ObjectId loadBalancer = loadBalancerOf(id.kind(), there);
                            if (plain.objects.containsKey(loadBalancer)) {
                                changed.add(loadBalancer);
                            }
                        }
                        if (id.kind() == Kinds.LOAD_BALANCER && !Objects.equals(region(old), region(now))) {
                            plain.objects.keySet().stream()
                                    .filter(part -> loadBalancerOf(part).equals(id))
                                    .forEach(changed::add);
                        }
                    });
            return changed;
        }

        /** Null for a LoadBalancer that is not there. */
        private static String region(ApiObject<?, ?> loadBalancer) {
            return loadBalancer == null
                    ? null
                    : "region " + ((LoadBalancer) loadBalancer).getSpec().region();
        }

        private Collection<ObjectId> happen() {
            int what = random.nextInt(20);
            if (what < 9) {
                return putPod();
            } else if (what < 11) {
                return removePod();
            } else if (what < 13) {
                return node();
            } else if (what < 14) {
                return forwarders();
            } else if (what < 16) {
                return putLoadBalancer();
            } else if (what < 19) {
                return putGroup();
            }
            return removeObject();
        }

        private Collection<ObjectId> putPod() {
            List<String> key = podKey();
            PodFacts old = plain.pods.get(key);
            PodFacts pod = old == null || random.nextInt(8) == 0 ? newPod(key) : changed(old);
            event = "put " + pod + " in place of " + old;
            plain.pods.put(key, pod);
            return world.putPod(pod);
        }

        private List<String> podKey() {
            return List.of(one(NAMESPACES), "pod-" + random.nextInt(7));
        }

        private PodFacts newPod(List<String> key) {
            return new PodFacts(
                    key.get(0),
                    key.get(1),
                    "u" + uids++,
                    Instant.ofEpochSecond(random.nextInt(4)),
                    labels(),
                    random.nextInt(5) == 0 ? List.of() : List.of("10.0.0." + random.nextInt(9)),
                    random.nextBoolean(),
                    random.nextBoolean(),
                    random.nextInt(6) == 0,
                    random.nextInt(6) == 0,
                    false,
                    random.nextInt(4) == 0 ? null : "node-" + random.nextInt(3),
                    random.nextBoolean() ? null : "5",
                    new TreeMap<>(Map.of("http", 80)));
        }

        /** In one way, and in others now and then. */
        private PodFacts changed(PodFacts old) {
            PodFacts other = newPod(List.of(old.namespace(), old.name()));
            int way = random.nextInt(8);
            return new PodFacts(
                    old.namespace(),
                    old.name(),
                    old.uid(),
                    old.created(),
                    way == 0 ? other.labels() : old.labels(),
                    way == 1 ? other.addresses() : old.addresses(),
                    way == 2 ? other.ready() : old.ready(),
                    old.silent(),
                    way == 3 ? other.terminating() : old.terminating(),
                    way == 4 ? other.finished() : old.finished(),
                    false,
                    way == 5 ? other.node() : old.node(),
                    way == 6 ? other.weight() : old.weight(),
                    old.ports());
        }

        private Map<String, String> labels() {
            Map<String, String> labels = new TreeMap<>();
            if (random.nextInt(5) > 0) {
                labels.put("app", one(List.of("web", "api", "db")));
            }
            if (random.nextBoolean()) {
                labels.put("tier", one(List.of("x", "y")));
            }
            return labels;
        }

        private Collection<ObjectId> removePod() {
            List<String> key = podKey();
            event = "remove " + plain.pods.remove(key);
            return world.removePod(key.get(0), key.get(1));
        }

        private Collection<ObjectId> node() {
            String name = "node-" + random.nextInt(3);
            if (random.nextInt(4) == 0) {
                event = "remove " + plain.nodes.remove(name);
                return world.removeNode(name);
            }
            NodeFacts node = new NodeFacts(name, region(), random.nextBoolean() ? null : "zone");
            event = "put " + node;
            plain.nodes.put(name, node);
            return world.putNode(node);
        }

        private String region() {
            return random.nextInt(3) == 0 ? null : one(List.of("eu", "us"));
        }

        private Collection<ObjectId> forwarders() {
            plain.forwarders = random.nextBoolean() ? Set.of() : Set.of(one(ADDRESSES.subList(0, 4)));
            event = "forwarders at " + plain.forwarders;
            return world.setForwarders(1, plain.forwarders);
        }

        private Collection<ObjectId> putLoadBalancer() {
            ObjectId id = Kinds.LOAD_BALANCER.id(one(NAMESPACES), one(LOAD_BALANCERS));
            LoadBalancer loadBalancer = new LoadBalancer();
            List<PoolServer> servers =
                    Stream.generate(() -> poolServer()).limit(random.nextInt(3)).toList();
            loadBalancer.setSpec(new LoadBalancerSpec(
                    random.nextBoolean() ? null : region(), servers, null, null, null, null, null, null));
            return put(id, loadBalancer);
        }

        private PoolServer poolServer() {
            RoleServer source = source();
            return new PoolServer("entry", source.podSelector(), source.podName(), source.address(), 1, null);
        }

        private Collection<ObjectId> putGroup() {
            ObjectRef loadBalancer = new ObjectRef(one(LOAD_BALANCERS));
            String namespace = one(NAMESPACES);
            String name = "group-" + random.nextInt(3);
            if (random.nextInt(3) == 0) {
                MasterSlaveGroup group = new MasterSlaveGroup();
                group.setSpec(new MasterSlaveGroupSpec(
                        kept(Kinds.MASTER_SLAVE_GROUP.id(namespace, name), loadBalancer), source(), source()));
                return put(Kinds.MASTER_SLAVE_GROUP.id(namespace, name), group);
            }
            VServerGroup group = new VServerGroup();
            List<GroupServer> servers = Stream.generate(() -> groupServer())
                    .limit(random.nextInt(4))
                    .toList();
            group.setSpec(
                    new VServerGroupSpec(kept(Kinds.V_SERVER_GROUP.id(namespace, name), loadBalancer), servers, null));
            return put(Kinds.V_SERVER_GROUP.id(namespace, name), group);
        }

        /** A group stays with its LoadBalancer. */
        private ObjectRef kept(ObjectId group, ObjectRef otherwise) {
            return plain.objects.containsKey(group)
                    ? new ObjectRef(loadBalancerOf(group).name())
                    : otherwise;
        }

        private GroupServer groupServer() {
            RoleServer source = source();
            return new GroupServer(
                    "entry",
                    source.podSelector(),
                    source.podName(),
                    source.address(),
                    source.port(),
                    random.nextInt(3),
                    null);
        }

        private RoleServer source() {
            IntOrString port = new IntOrString(80);
            int way = random.nextInt(10);
            if (way < 7) {
                return new RoleServer(selector(), null, null, port);
            } else if (way < 8) {
                return new RoleServer(null, "pod-" + random.nextInt(7), null, port);
            }
            return new RoleServer(null, null, one(ADDRESSES), port);
        }

        private LabelSelector selector() {
            LabelSelectorBuilder selector = new LabelSelectorBuilder();
            if (random.nextBoolean()) {
                selector.addToMatchLabels("app", one(List.of("web", "api", "db", "none")));
            }
            if (random.nextInt(4) == 0) {
                selector.addToMatchLabels("tier", one(List.of("x", "y")));
            }
            if (random.nextInt(3) == 0) {
                selector.addToMatchExpressions(requirement());
            }
            return selector.build();
        }

        private LabelSelectorRequirement requirement() {
            return one(List.of(
                    new LabelSelectorRequirement("app", "In", List.of("web", "api")),
                    new LabelSelectorRequirement("app", "In", List.of()),
                    new LabelSelectorRequirement("app", "In", null),
                    new LabelSelectorRequirement("app", "In", List.of("api", "api", "db")),
                    new LabelSelectorRequirement("app", "NotIn", List.of("web")),
                    new LabelSelectorRequirement("tier", "Exists", null),
                    new LabelSelectorRequirement("tier", "DoesNotExist", null),
                    new LabelSelectorRequirement("tier", "Unheard", null),
                    new LabelSelectorRequirement(null, "Exists", null)));
        }

        private Collection<ObjectId> put(ObjectId id, ApiObject<?, ?> object) {
            object.setMetadata(new ObjectMetaBuilder()
                    .withNamespace(id.namespace())
                    .withName(id.name())
                    .build());
            event = "put " + id + " " + object.getSpec();
            plain.objects.put(id, object);
            return world.put(object);
        }

        private Collection<ObjectId> removeObject() {
            if (plain.objects.isEmpty()) {
                return List.of();
            }
            ObjectId id = one(new ArrayList<>(plain.objects.keySet()));
            event = "remove " + id;
            plain.objects.remove(id);
            return world.remove(id);
        }

        private <T> T one(List<T> choices) {
            return choices.get(random.nextInt(choices.size()));
        }
    }
}
