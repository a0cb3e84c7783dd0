import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slb.forwarder.Forwarder;
import dev.slb.forwarder.ForwarderOptions;
import dev.slb.plan.Action;
import dev.slb.plan.DocumentId;
import dev.slb.plan.DrainPlan;
import dev.slb.plan.ForwardedPlan;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.FrontendPlan;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.Health;
import dev.slb.plan.HealthCheckPlan;
import dev.slb.plan.HttpPlan;
import dev.slb.plan.LimitsPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.ListenerProtocol;
import dev.slb.plan.LoadBalancerPlan;
import dev.slb.plan.PlanDocument;
import dev.slb.plan.ProbeType;
import dev.slb.plan.RoutingPlan;
import dev.slb.plan.RulePlan;
import dev.slb.plan.SchedulerType;
import dev.slb.plan.ServerPlan;
import dev.slb.plan.TimeoutsPlan;
import dev.slb.plan.WrittenPlan;

import javax.management.ObjectName;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The forwarder with one world in one process: what of the heap it takes, how long it takes until the world is served, what an edit of
 * a group costs, and what a listener of somebody else notices meanwhile. Servers are addresses of 127.0.0.0/8, all of them one socket of
 * this process. Prints one line of JSON; with a last argument {@code histogram} also what is on the heap.
 *
 * <pre>ScaleForwarder rules groups servers-of-a-group listeners edits [histogram]</pre>
 */
public final class ScaleForwarder {

    private static final int FIRST_PORT = 10_000;
    /** Documents of the neighbour, the LoadBalancer, and the empty group at the end. */
    private static final int OTHERS = 5;
    private static final int NEIGHBOUR_PORT = 9_999;
    private static final DocumentId LOAD_BALANCER = DocumentId.loadBalancer("scale", "big");
    private static final DocumentId NEIGHBOUR = DocumentId.loadBalancer("quiet", "small");
    private static final HealthCheckPlan CHECK = new HealthCheckPlan(
            ProbeType.TCP, null, null, null, null, null, 30_000, 10_000, 3, 3, null, null, null, null);

    private final int rules;
    private final int groups;
    private final int serversOfAGroup;
    private final int listeners;
    private final int edits;
    private final ServerSocket servers;
    private final com.sun.management.ThreadMXBean threads =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    private ScaleForwarder(int rules, int groups, int serversOfAGroup, int listeners, int edits) throws IOException {
        this.rules = rules;
        this.groups = groups;
        this.serversOfAGroup = serversOfAGroup;
        this.listeners = listeners;
        this.edits = edits;
        this.servers = new ServerSocket(0, 4096);
    }

    public static void main(String[] args) throws Exception {
        int[] numbers = Arrays.stream(args).limit(5).mapToInt(Integer::parseInt).toArray();
        new ScaleForwarder(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]).run(args.length > 5);
        System.exit(0);
    }

    private void run(boolean histogram) throws Exception {
        daemon("servers", this::answer);
        Map<String, Object> result = new TreeMap<>();
        result.put("rules", rules);
        result.put("groups", groups);
        result.put("serversOfAGroup", serversOfAGroup);
        result.put("listeners", listeners);
        try (Forwarder forwarder = Forwarder.start(ForwarderOptions.named("scale").withEventLoops(2))) {
            forwarder.begin();
            publish(forwarder, loadBalancer(NEIGHBOUR));
            publish(forwarder, group("quiet", "web", NEIGHBOUR, 1, 0, 100));
            publish(forwarder, listener("quiet", "web", NEIGHBOUR, NEIGHBOUR_PORT, 0, 0));
            forwarder.synced();
            await(50_000, () -> health(forwarder, Health.NORMAL) == 1);
            Neighbour neighbour = new Neighbour();
            long before = heap();
            neighbour.begin();
            long start = System.nanoTime();
            long cpu = threads.getThreadCpuTime(controlThread());
            apply(forwarder);
            await(50_000, () -> forwarder.report().documents().values().stream().filter(each -> each.serving() != null).count()
                    == groups + listeners + OTHERS);
            result.put("servedMillis", millis(System.nanoTime() - start));
            await(50_000, () -> health(forwarder, Health.NORMAL) == groups * serversOfAGroup + 1L);
            result.put("checkedMillis", millis(System.nanoTime() - start));
            result.put("controlCpuMillis", millis(threads.getThreadCpuTime(controlThread()) - cpu));
            neighbour.end(result);
            result.put("heapBeforeMiB", before >> 20);
            long heap = heap();
            result.put("heapMiB", (heap + (1 << 20) - 1) >> 20);
            result.put("bytesPerRuleAndServer", (heap - before) / (rules * (long) serversOfAGroup));
            if (histogram) {
                System.err.println(histogram());
            }
            edit(forwarder, result);
        }
        System.out.println(new ObjectMapper().writeValueAsString(result));
    }

    private void apply(Forwarder forwarder) {
        forwarder.begin();
        publish(forwarder, loadBalancer(NEIGHBOUR));
        publish(forwarder, group("quiet", "web", NEIGHBOUR, 1, 0, 100));
        publish(forwarder, listener("quiet", "web", NEIGHBOUR, NEIGHBOUR_PORT, 0, 0));
        publish(forwarder, loadBalancer(LOAD_BALANCER));
        for (int i = 0; i < groups; i++) {
            publish(forwarder, group("scale", "group-" + i, LOAD_BALANCER, serversOfAGroup, 1 + i * serversOfAGroup, 100));
        }
        int done = 0;
        for (int i = 0; i < listeners; i++) {
            int until = (int) ((i + 1L) * rules / listeners);
            publish(forwarder, listener("scale", "listener-" + i, LOAD_BALANCER, FIRST_PORT + i, done, until));
            done = until;
        }
        publish(forwarder, group("scale", "last", LOAD_BALANCER, 0, 0, 100));
        forwarder.synced();
    }

    /** A weight of one group after the other; what the control thread does for it. */
    private void edit(Forwarder forwarder, Map<String, Object> result) {
        long thread = controlThread();
        long[] nanos = new long[edits];
        long cpu = 0;
        long bytes = 0;
        for (int i = -edits; i < edits; i++) {
            if (i == 0) {
                cpu = threads.getThreadCpuTime(thread);
                bytes = threads.getThreadAllocatedBytes(thread);
            }
            int number = Math.floorMod(i, groups);
            PlanDocument edited = group(
                    "scale", "group-" + number, LOAD_BALANCER, serversOfAGroup, 1 + number * serversOfAGroup, 200 + i);
            WrittenPlan<?> plan = WrittenPlan.of(edited);
            long start = System.nanoTime();
            forwarder.publish(plan);
            await(100, () -> forwarder.state(plan.id()) != null
                    && plan.version().equals(forwarder.state(plan.id()).serving()));
            nanos[Math.max(0, i)] = System.nanoTime() - start;
        }
        Arrays.sort(nanos);
        result.put("editMicros", nanos[edits / 2] / 1000);
        result.put("editCpuMicros", (threads.getThreadCpuTime(thread) - cpu) / 1000 / edits);
        result.put("editBytes", (threads.getThreadAllocatedBytes(thread) - bytes) / edits);
    }

    private static void publish(Forwarder forwarder, PlanDocument plan) {
        // As it comes from the plan stream: nothing is shared with other documents.
        forwarder.publish(WrittenPlan.read(WrittenPlan.of(plan).json(), null));
    }

    private static PlanDocument loadBalancer(DocumentId id) {
        return new LoadBalancerPlan(id, 1, null, null, null);
    }

    private GroupPlan group(String namespace, String name, DocumentId loadBalancer, int count, int first, long weight) {
        List<ServerPlan> plans = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = first + i;
            String address = "127." + (number >> 16) + "." + (number >> 8 & 255) + "." + (number & 255);
            plans.add(new ServerPlan(
                    "app/4f0c5a52-0000-4000-8000-%012d:%d".formatted(number, servers.getLocalPort()),
                    "app-6f9c4b-%05d".formatted(number),
                    first == 0 ? "127.0.0.1" : address,
                    servers.getLocalPort(),
                    null,
                    i == 0 ? weight : 100,
                    "eu-" + number % 3,
                    null,
                    false));
        }
        return new GroupPlan(DocumentId.vServerGroup(namespace, name), loadBalancer, plans);
    }

    private ListenerPlan listener(
            String namespace, String name, DocumentId loadBalancer, int port, int firstRule, int untilRule) {
        List<RulePlan> all = new ArrayList<>();
        for (int i = firstRule; i < untilRule; i++) {
            all.add(new RulePlan(
                    "rule-" + i, "shop-" + i + ".example.com", "/", forward(namespace, "group-" + i % groups)));
        }
        return new ListenerPlan(
                DocumentId.listener(namespace, name),
                loadBalancer,
                new FrontendPlan(ListenerProtocol.HTTP, port, port, null),
                new RoutingPlan(all.isEmpty() ? forward(namespace, "web") : all.get(0).action(), all),
                new TimeoutsPlan(15_000, 5_000, 60_000, 60_000, null),
                new DrainPlan(60_000, false),
                new HttpPlan(
                        0,
                        32 * 1024,
                        8 * 1024,
                        new ForwardedPlan(
                                ForwardedPlan.XForwardedFor.APPEND, List.of(), true, false, false, null, false, false),
                        false,
                        null),
                null,
                null,
                new LimitsPlan(null, null),
                null,
                null);
    }

    private static Action forward(String namespace, String group) {
        return new Action.Forward(DocumentId.vServerGroup(namespace, group), null, SchedulerType.WRR, CHECK, null, null);
    }

    private static long health(Forwarder forwarder, Health health) {
        return forwarder.report().health().stream()
                .mapToLong(group -> group.servers().stream().filter(each -> each.health() == health).count())
                .sum();
    }

    /** Every server: takes connections of checks, which close, and answers requests, one connection at a time. */
    private void answer() throws IOException {
        byte[] answer = "HTTP/1.1 204 No Content\r\nDate: Sun, 29 Nov 2026 00:00:00 GMT\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII);
        while (true) {
            Socket client = servers.accept();
            serve(client, answer);
        }
    }

    private static void serve(Socket client, byte[] answer) throws IOException {
        client.setTcpNoDelay(true);
        if (!client.getLocalAddress().getHostAddress().equals("127.0.0.1")) {
            client.close();
            return;
        }
        daemon("server", () -> {
            try (client) {
                InputStream in = client.getInputStream();
                byte[] buffer = new byte[16_384];
                while (in.read(buffer) > 0) {
                    client.getOutputStream().write(answer);
                }
            } catch (SocketException e) {
                // it was a check, which ends with a reset
            }
        });
    }

    private interface Task {
        void run() throws Exception;
    }

    private static Thread daemon(String name, Task task) {
        Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Somebody else's client: one request after the other over one connection, a millisecond apart. */
    private static final class Neighbour {

        private final List<Long> micros = new ArrayList<>();
        private final Socket socket = new Socket(InetAddress.getLoopbackAddress(), NEIGHBOUR_PORT);
        private volatile boolean ended;
        private Thread thread;

        Neighbour() throws IOException {
            socket.setTcpNoDelay(true);
            for (int i = 0; i < 2000; i++) {
                ask();
            }
        }

        void begin() {
            thread = daemon("neighbour", () -> {
                while (!ended) {
                    micros.add(ask());
                    TimeUnit.MILLISECONDS.sleep(1);
                }
            });
        }

        private long ask() throws IOException {
            long start = System.nanoTime();
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: quiet\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            byte[] buffer = new byte[4096];
            int read = socket.getInputStream().read(buffer);
            if (read < 12 || buffer[9] != '2') {
                throw new IOException("the neighbour's request failed: " + new String(buffer, 0, Math.max(0, read)));
            }
            return (System.nanoTime() - start) / 1000;
        }

        void end(Map<String, Object> result) throws InterruptedException {
            ended = true;
            thread.join();
            micros.sort(null);
            result.put("neighbourRequests", micros.size());
            result.put("neighbourP50Micros", micros.get(micros.size() / 2));
            result.put("neighbourP99Micros", micros.get((micros.size() - 1) * 99 / 100));
        }
    }

    private long controlThread() {
        return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(each -> each != null && each.getThreadName().startsWith("scale-control"))
                .findFirst()
                .orElseThrow()
                .getThreadId();
    }

    /** @param micros between two looks, which cost something themselves */
    private static void await(long micros, BooleanSupplier condition) {
        long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(10);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > until) {
                throw new IllegalStateException("not within ten minutes");
            }
            try {
                TimeUnit.MICROSECONDS.sleep(micros);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static long heap() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            TimeUnit.MILLISECONDS.sleep(100);
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static String histogram() throws Exception {
        String all = (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {null},
                        new String[] {String[].class.getName()});
        return String.join("\n", all.lines().limit(45).toList());
    }

    private static long millis(long nanos) {
        return nanos / 1_000_000;
    }
}
