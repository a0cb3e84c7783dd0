import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.net.Socket;
import java.net.InetSocketAddress;
import java.net.InetAddress;
import java.io.UncheckedIOException;
import java.io.InputStreamReader;
import java.io.BufferedReader;
import dev.slb.plan.LoadBalancerPlan;
import dev.slb.delivery.PlanStreamServer;
import dev.slb.delivery.PlanStreamOptions;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

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
    private static final int MOST_STREAMED = 200;
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
        Map<String, Runnable> changes = new LinkedHashMap<>();
        changes.put("weight", this::editWeight);
        changes.put("rule", this::editRule);
        changes.put("ready", this::turnReady);
        changes.put("join", this::join);
        changes.put("leave", this::leave);
        changes.put("restart", this::restart);
        changes.forEach((name, change) -> measure(result, name, change));
        try (Stream stream = new Stream()) {
            result.put("syncBytes", stream.taken());
            followed = stream;
            changes.forEach((name, change) -> {
                streamed = 0;
                for (int i = 0; i < Math.min(samples, MOST_STREAMED); i++) {
                    change.run();
                }
                result.put(name + "Bytes", streamed / Math.min(samples, MOST_STREAMED));
            });
        }
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

    /** @param path of one of its rules */
    private Listener listener(int number, String path) throws IOException {
        StringBuilder text = new StringBuilder();
        int loadBalancer = number / LISTENERS_OF_A_LOAD_BALANCER;
        for (int i = 0; i < Math.min(RULES_OF_A_LISTENER, rules - number * RULES_OF_A_LISTENER); i++) {
            int rule = number * RULES_OF_A_LISTENER + i;
            int group = loadBalancer * groupsOfALoadBalancer() + rule % groupsOfALoadBalancer();
            text.append(i == 0 ? "" : ",").append("""
                    {"name": "rule-%d", "host": "shop-%d.example.com", "path": "%s", "serverGroupRef": {"name": "group-%d"}}
                    """.formatted(i, i, i == 7 ? path : "/", Math.min(group, groups - 1)));
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

    private void editWeight() {
        edits++;
        put(() -> group(random.nextInt(groups), 1 + edits % 99));
    }

    private void editRule() {
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
            measured(() -> follow(world.put(object)));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private long measured;
    private Stream followed;
    private long streamed;

    /** Adds the CPU time of a change, or, where a stream is followed, the bytes of it. */
    private void measured(Runnable change) {
        if (followed != null) {
            followed.await();
            followed.taken();
            change.run();
            followed.await();
            streamed += followed.taken();
            return;
        }
        long start = THREADS.getCurrentThreadCpuTime();
        change.run();
        measured += THREADS.getCurrentThreadCpuTime() - start;
    }

    private int selected() {
        return random.nextInt(Math.min(pods, apps * podsOfAGroup));
    }

    private void turnReady() {
        int number = selected();
        follow(world.putPod(pod(number, false)));
        PodFacts ready = pod(number, true);
        measured(() -> follow(world.putPod(ready)));
    }

    private void join() {
        PodFacts pod = pod(selected(), true);
        follow(world.removePod(NAMESPACE, pod.name()));
        measured(() -> follow(world.putPod(pod)));
    }

    private void leave() {
        PodFacts pod = pod(selected(), true);
        measured(() -> follow(world.removePod(NAMESPACE, pod.name())));
        follow(world.putPod(pod));
    }

    /** A pod of a rolling restart: another comes, is ready, and the old one goes. */
    private void restart() {
        PodFacts old = pod(selected(), true);
        PodFacts unready = named(old, "new-" + old.name(), false);
        measured(() -> {
            follow(world.putPod(unready));
            follow(world.putPod(named(old, "new-" + old.name(), true)));
            follow(world.removePod(NAMESPACE, old.name()));
        });
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

    /** A forwarder's end of the plan stream, which only counts what comes. */
    private final class Stream implements AutoCloseable {

        private static final String MARKER = "marker";

        private final PlanStreamServer server;
        private final Socket socket = new Socket();
        private final BufferedReader lines;
        private long bytes;
        private int marked;

        Stream() throws IOException {
            server = new PlanStreamServer(
                    store,
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    "scale",
                    PlanStreamOptions.defaults());
            socket.connect(server.address());
            socket.getOutputStream()
                    .write("{\"message\":\"hello\",\"protocol\":2,\"name\":\"scale\",\"edits\":true}\n"
                            .getBytes(StandardCharsets.UTF_8));
            lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            readTo("\"synced\"");
        }

        /** Takes all that was published by now: a document of its own comes last. */
        void await() {
            String name = MARKER + ++marked;
            store.publish(new LoadBalancerPlan(DocumentId.loadBalancer(NAMESPACE, name), 1, null, null, null));
            readTo(name);
            store.withdraw(DocumentId.loadBalancer(NAMESPACE, name));
        }

        private void readTo(String last) {
            try {
                for (String line = lines.readLine(); ; line = lines.readLine()) {
                    if (line == null) {
                        throw new IOException("the plan stream ended");
                    }
                    if (!line.contains(MARKER) && !line.contains("\"heartbeat\"")) {
                        bytes += line.length() + 1;
                    }
                    if (line.contains(last)) {
                        return;
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Bytes since it was asked last; all of it is ASCII. */
        long taken() {
            long taken = bytes;
            bytes = 0;
            return taken;
        }

        @Override
        public void close() throws IOException {
            socket.close();
            server.close();
        }
    }

    /** In microseconds of CPU of the one thread: the median and the mean. */
    private void measure(Map<String, Object> result, String name, Runnable change) {
        List<Long> times = new ArrayList<>();
        for (int i = 0; i < 2 * samples; i++) {
            measured = 0;
            change.run();
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
