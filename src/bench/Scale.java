import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slb.api.ApiMapper;
import dev.slb.api.ApiObject;
import dev.slb.api.Listener;
import dev.slb.api.LoadBalancer;
import dev.slb.api.VServerGroup;
import dev.slb.control.Control;
import dev.slb.control.PlanStore;
import dev.slb.control.Statuses;
import dev.slb.control.world.World;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.translate.AllowedServices;
import dev.slb.translate.NodeFacts;
import dev.slb.translate.PodFacts;
import dev.slb.translate.Quotas;
import dev.slb.translate.Settings;
import dev.slb.translate.status.ForwarderReports;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.IntConsumer;

/**
 * The control plane of one world in one process, without an API server: what a sync and each kind of change cost. Prints one line
 * of JSON. A change is what the operator does for it: into the world, translation of all that it touches, the plan store, and their
 * statuses by the report of one forwarder.
 *
 * <pre>Scale rules pods pods-of-a-group samples</pre>
 */
public final class Scale {

    private static final int RULES_OF_A_LISTENER = 40;
    private static final int LISTENERS_OF_A_LOAD_BALANCER = 50;
    private static final int NODES = 200;
    private static final int WARM_UP = 3;
    private static final String NAMESPACE = "scale";
    private static final ObjectMapper JSON = ApiMapper.json();
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final Random random = new Random(11);
    private final int rules;
    private final int groups;
    private final int apps;
    private final int podsOfAGroup;
    private final int pods;
    private final int samples;

    private World world;
    private Control control;
    private PlanStore store;
    private Statuses statuses;
    private ForwarderReports reports;
    private int edits;

    private Scale(int rules, int pods, int podsOfAGroup, int samples) {
        this.rules = rules;
        this.pods = pods;
        this.podsOfAGroup = podsOfAGroup;
        this.samples = samples;
        this.groups = Math.max(1, rules / (podsOfAGroup > 100 ? RULES_OF_A_LISTENER : 4));
        this.apps = Math.max(1, Math.min(groups, pods / podsOfAGroup));
    }

    public static void main(String[] args) throws Exception {
        new Scale(
                        Integer.parseInt(args[0]),
                        Integer.parseInt(args[1]),
                        Integer.parseInt(args[2]),
                        Integer.parseInt(args[3]))
                .run();
    }

    private void run() throws Exception {
        Map<String, Object> result = new TreeMap<>();
        result.put("rules", rules);
        result.put("pods", pods);
        result.put("groups", groups);
        result.put("podsOfAGroup", podsOfAGroup);
        List<PodFacts> facts = podFacts();
        List<ApiObject<?, ?>> objects = objects();
        for (int i = 0; i < WARM_UP; i++) {
            long wall = System.nanoTime();
            long cpu = processCpu();
            fill(objects, facts);
            result.put("fillMillis", millis(System.nanoTime() - wall));
            wall = System.nanoTime();
            control.sync();
            result.put("syncMillis", millis(System.nanoTime() - wall));
            long all = processCpu() - cpu;
            // The first one is that of a process that has just started.
            result.putIfAbsent("firstCpuMillis", millis(all));
            result.put("cpuMillis", millis(all));
            result.putIfAbsent("firstMillis", (long) result.get("fillMillis") + (long) result.get("syncMillis"));
        }
        objects = null;
        facts = null;
        result.put("heapMiB", heap());
        reports = reports();
        measure(result, "weight", this::editWeight);
        measure(result, "rule", this::editRule);
        measure(result, "ready", this::turnReady);
        measure(result, "join", this::join);
        measure(result, "leave", this::leave);
        measure(result, "restart", this::restart);
        System.out.println(JSON.writeValueAsString(result));
    }

    private void fill(List<ApiObject<?, ?>> objects, List<PodFacts> facts) {
        Settings settings = Settings.cluster(
                new Quotas(LISTENERS_OF_A_LOAD_BALANCER, RULES_OF_A_LISTENER, 100_000, 300, 10),
                List.of(),
                AllowedServices.DEFAULT);
        world = new World(settings);
        store = new PlanStore();
        control = new Control(world, store);
        statuses = new Statuses(world, control, store, loadBalancer -> List.of(), Clock.systemUTC());
        world.setForwarders(1, List.of("10.255.0.1"));
        for (int i = 0; i < NODES; i++) {
            world.putNode(new NodeFacts("node-" + i, "eu", "eu-" + i % 3));
        }
        facts.forEach(world::putPod);
        objects.forEach(world::put);
    }

    private ForwarderReports reports() {
        TreeMap<DocumentId, DocumentState> documents = new TreeMap<>();
        store.documents()
                .forEach(document -> documents.put(
                        document.id(),
                        new DocumentState(store.version(document.id()).orElseThrow(), null, null, List.of())));
        return new ForwarderReports(1, List.of(new ForwarderReport("forwarder", 1, true, documents, List.of())));
    }

    private List<PodFacts> podFacts() {
        List<PodFacts> facts = new ArrayList<>();
        for (int i = 0; i < pods; i++) {
            facts.add(pod(i, true));
        }
        return facts;
    }

    private PodFacts pod(int number, boolean ready) {
        int app = number / podsOfAGroup;
        return new PodFacts(
                NAMESPACE,
                "pod-" + number,
                "4f0c5a52-0000-4000-8000-%012d".formatted(number),
                Instant.ofEpochSecond(1_700_000_000L + number % 1000),
                Map.of(
                        "app",
                        app < apps ? "app-" + app : "other-" + app,
                        "app.kubernetes.io/part-of",
                        "shop",
                        "pod-template-hash",
                        Integer.toHexString(app * 31)),
                List.of("10." + (number >> 16) + "." + (number >> 8 & 255) + "." + (number & 255)),
                ready,
                false,
                false,
                false,
                false,
                "node-" + number % NODES,
                null,
                new TreeMap<>(Map.of("http", 8080)));
    }

    private List<ApiObject<?, ?>> objects() throws IOException {
        List<ApiObject<?, ?>> objects = new ArrayList<>();
        int listeners = (rules + RULES_OF_A_LISTENER - 1) / RULES_OF_A_LISTENER;
        for (int i = 0; i <= (listeners - 1) / LISTENERS_OF_A_LOAD_BALANCER; i++) {
            objects.add(JSON.readValue("""
                    {"kind": "LoadBalancer", "metadata": {"namespace": "%s", "name": "lb-%d"}, "spec": {"region": "eu"}}
                    """.formatted(NAMESPACE, i), LoadBalancer.class));
        }
        for (int i = 0; i < groups; i++) {
            objects.add(group(i, 100));
        }
        for (int i = 0; i < listeners; i++) {
            objects.add(listener(i, "/"));
        }
        return objects;
    }

    private int groupsOfALoadBalancer() {
        int listeners = (rules + RULES_OF_A_LISTENER - 1) / RULES_OF_A_LISTENER;
        int loadBalancers = (listeners - 1) / LISTENERS_OF_A_LOAD_BALANCER + 1;
        return (groups + loadBalancers - 1) / loadBalancers;
    }

    private VServerGroup group(int number, int weight) throws IOException {
        return JSON.readValue("""
                {"kind": "VServerGroup", "metadata": {"namespace": "%s", "name": "group-%d", "generation": %d},
                 "spec": {"loadBalancerRef": {"name": "lb-%d"}, "servers": [{"name": "app", "port": "http", "weight": %d,
                 "podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "shop", "app": "app-%d"}}}]}}
                """.formatted(
                                NAMESPACE,
                                number,
                                edits,
                                number / groupsOfALoadBalancer(),
                                weight,
                                number % apps), VServerGroup.class);
    }

    private Listener listener(int number, String path) throws IOException {
        StringBuilder text = new StringBuilder();
        int loadBalancer = number / LISTENERS_OF_A_LOAD_BALANCER;
        for (int i = 0; i < Math.min(RULES_OF_A_LISTENER, rules - number * RULES_OF_A_LISTENER); i++) {
            int rule = number * RULES_OF_A_LISTENER + i;
            int group = loadBalancer * groupsOfALoadBalancer() + rule % groupsOfALoadBalancer();
            text.append(i == 0 ? "" : ",").append("""
                    {"name": "rule-%d", "host": "shop-%d.example.com", "path": "%s", "serverGroupRef": {"name": "group-%d"}}
                    """.formatted(i, i, path, Math.min(group, groups - 1)));
        }
        return JSON.readValue("""
                {"kind": "Listener",
                 "metadata": {"namespace": "%s", "name": "listener-%d", "generation": %d, "creationTimestamp": "%s"},
                 "spec": {"loadBalancerRef": {"name": "lb-%d"}, "protocol": "HTTP", "port": %d, "backendPort": 8080,
                 "rules": [%s]}, "status": {"bindPort": %d}}
                """.formatted(
                        NAMESPACE,
                        number,
                        edits,
                        Instant.ofEpochSecond(1_700_000_000L + number),
                        loadBalancer,
                        1000 + number % LISTENERS_OF_A_LOAD_BALANCER,
                        text,
                        10_000 + number), Listener.class);
    }

    /** What the operator does for what changed. */
    private void follow(Collection<ObjectId> touched) {
        control.translateAll(touched);
        for (ObjectId id : touched) {
            world.object(id).ifPresent(object -> statuses.withStatus(id, object, reports, null));
        }
    }

    private void editWeight(int sample) {
        edits++;
        put(() -> group(random.nextInt(groups), 1 + edits % 99));
    }

    private void editRule(int sample) {
        edits++;
        put(() -> listener(random.nextInt(Math.max(1, rules / RULES_OF_A_LISTENER)), "/edit-" + edits));
    }

    private interface Reading {
        ApiObject<?, ?> read() throws IOException;
    }

    /** Reading JSON is the client's, and not measured. */
    private void put(Reading reading) {
        try {
            ApiObject<?, ?> object = reading.read();
            long start = THREADS.getCurrentThreadCpuTime();
            follow(world.put(object));
            measured += THREADS.getCurrentThreadCpuTime() - start;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private long measured;

    private int selected() {
        return random.nextInt(Math.min(pods, apps * podsOfAGroup));
    }

    private void turnReady(int sample) {
        int number = selected();
        follow(world.putPod(pod(number, false)));
        PodFacts ready = pod(number, true);
        long start = THREADS.getCurrentThreadCpuTime();
        follow(world.putPod(ready));
        measured += THREADS.getCurrentThreadCpuTime() - start;
    }

    private void join(int sample) {
        PodFacts pod = pod(selected(), true);
        follow(world.removePod(NAMESPACE, pod.name()));
        long start = THREADS.getCurrentThreadCpuTime();
        follow(world.putPod(pod));
        measured += THREADS.getCurrentThreadCpuTime() - start;
    }

    private void leave(int sample) {
        PodFacts pod = pod(selected(), true);
        long start = THREADS.getCurrentThreadCpuTime();
        follow(world.removePod(NAMESPACE, pod.name()));
        measured += THREADS.getCurrentThreadCpuTime() - start;
        follow(world.putPod(pod));
    }

    /** A pod of a rolling restart: another comes, is ready, and the old one goes. */
    private void restart(int sample) {
        PodFacts old = pod(selected(), true);
        PodFacts unready = named(old, "new-" + old.name(), false);
        long start = THREADS.getCurrentThreadCpuTime();
        follow(world.putPod(unready));
        follow(world.putPod(named(old, "new-" + old.name(), true)));
        follow(world.removePod(NAMESPACE, old.name()));
        measured += THREADS.getCurrentThreadCpuTime() - start;
        follow(world.putPod(old));
        follow(world.removePod(NAMESPACE, unready.name()));
    }

    private static PodFacts named(PodFacts pod, String name, boolean ready) {
        return new PodFacts(
                pod.namespace(),
                name,
                name,
                pod.created(),
                pod.labels(),
                pod.addresses(),
                ready,
                false,
                false,
                false,
                false,
                pod.node(),
                null,
                pod.ports());
    }

    /** In microseconds of CPU of the one thread: the median and the mean. */
    private void measure(Map<String, Object> result, String name, IntConsumer change) {
        List<Long> times = new ArrayList<>();
        for (int i = 0; i < 2 * samples; i++) {
            measured = 0;
            change.accept(i);
            if (i >= samples) {
                times.add(measured / 1000);
            }
        }
        times.sort(null);
        result.put(name, times.get(times.size() / 2));
        result.put(name + "P99", times.get((times.size() - 1) * 99 / 100));
        result.put(name + "Mean", (long) times.stream().mapToLong(Long::longValue).average().orElse(0));
    }

    private static long heap() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(100);
        }
        return (ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() + (1 << 20) - 1) >> 20;
    }

    private static long processCpu() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static long millis(long nanos) {
        return nanos / 1_000_000;
    }
}
