package dev.slb.operator;

import dev.slb.delivery.ReportClient;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ReportChanges;
import dev.slb.translate.PodFacts;
import dev.slb.translate.status.ForwarderReports;
import dev.slb.translate.status.IndexedReport;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/** The forwarders that serve the plan, found as pods, and what they report. Every replica follows them, elected or not. */
final class Forwarders implements AutoCloseable {

    /** Hears what changed, on any thread. */
    interface Listener {
        /**
         * @param ready how many are ready
         * @param addresses of all of them
         */
        void forwarders(int ready, Set<String> addresses);

        /** One of them, ready or not, reports something else of these documents than before. */
        void reported(Set<DocumentId> documents);
    }

    private static final Logger log = LoggerFactory.getLogger(Forwarders.class);

    /** Forwarders hold a poll for 30 s; the rest is for the answer to arrive. */
    private static final Duration POLL_PATIENCE = Duration.ofSeconds(40);

    /** How long a forwarder that does not answer counts as serving what it reported last. */
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final SharedIndexInformer<Pod> informer;
    private final int adminPort;
    private final Listener listener;

    // Guarded by this.
    private final Map<String, PodFacts> pods = new TreeMap<>();
    private final Map<String, Follower> followers = new TreeMap<>();
    private boolean closed;

    /** One forwarder that is ready. */
    private final class Follower implements ReportClient.Listener {
        private final ReportClient client;
        private volatile IndexedReport report;
        private volatile boolean settled;
        private long failingSince;

        Follower(URI admin) {
            client = new ReportClient(http, admin, POLL_PATIENCE, this);
        }

        @Override
        public void report(ForwarderReport after) {
            failingSince = 0;
            replace(new IndexedReport(after));
        }

        @Override
        public void changes(ReportChanges changes) {
            failingSince = 0;
            listener.reported(report.apply(changes));
        }

        @Override
        public void unreachable(String why) {
            long now = System.nanoTime();
            if (failingSince == 0) {
                failingSince = now;
            }
            if (report == null || now - failingSince > GRACE.toNanos()) {
                replace(null);
            }
        }

        private void replace(IndexedReport after) {
            IndexedReport before = report;
            report = after;
            settled = true;
            listener.reported(IndexedReport.differences(before, after));
        }
    }

    Forwarders(KubernetesClient client, OperatorOptions options, Listener listener) {
        this.adminPort = options.adminPort();
        this.listener = listener;
        this.informer = client.pods()
                .inNamespace(options.namespace())
                .withLabels(options.forwarderLabels())
                .runnableInformer(0)
                .exceptionHandler((started, failure) -> true)
                .addEventHandler(new InformerEvents<>(this::put, this::remove));
        options.forwarders().forEach(admin -> followers.put("fixed " + admin, new Follower(admin)));
    }

    void start() {
        synchronized (this) {
            followers.values().forEach(follower -> follower.client.start());
        }
        tell();
        informer.start();
    }

    private void put(Pod pod) {
        synchronized (this) {
            pods.put(pod.getMetadata().getName(), PodFacts.of(pod));
            follow();
        }
        tell();
    }

    private void remove(Pod pod) {
        synchronized (this) {
            pods.remove(pod.getMetadata().getName());
            follow();
        }
        tell();
    }

    /** One poller for each pod that is ready, at the address that it has now. */
    private void follow() {
        Set<String> wanted = new HashSet<>();
        for (PodFacts pod : pods.values()) {
            if (pod.ready() && !pod.terminating() && pod.address() != null) {
                String key = "pod " + pod.name() + " " + pod.uid() + " " + pod.address();
                wanted.add(key);
                if (!closed && !followers.containsKey(key)) {
                    URI admin = URI.create("http://" + bracketed(pod.address()) + ":" + adminPort);
                    log.info("following the forwarder of pod {} at {}", pod.name(), admin);
                    Follower follower = new Follower(admin);
                    followers.put(key, follower);
                    follower.client.start();
                }
            }
        }
        followers.entrySet().removeIf(entry -> {
            boolean gone = entry.getKey().startsWith("pod ") && !wanted.contains(entry.getKey());
            if (gone) {
                entry.getValue().client.close();
            }
            return gone;
        });
    }

    private static String bracketed(String address) {
        return address.indexOf(':') < 0 ? address : "[" + address + "]";
    }

    private void tell() {
        int ready;
        Set<String> addresses = new HashSet<>();
        synchronized (this) {
            ready = followers.size();
            pods.values().forEach(pod -> addresses.addAll(pod.addresses()));
        }
        listener.forwarders(ready, addresses);
    }

    /** The latest report of each ready forwarder that answers. */
    synchronized List<IndexedReport> latest() {
        return followers.values().stream()
                .map(follower -> follower.report)
                .filter(Objects::nonNull)
                .toList();
    }

    /** What all ready forwarders say. */
    synchronized ForwarderReports reports() {
        return ForwarderReports.of(followers.size(), latest());
    }

    /** Whether each ready forwarder has answered or failed to: before that, what is known of them is not worth to be told. */
    synchronized boolean isSettled() {
        return informer.hasSynced() && followers.values().stream().allMatch(follower -> follower.settled);
    }

    /** Whether the first list of pods is complete and all of it was taken. */
    synchronized boolean isDelivered() {
        return informer.hasSynced()
                && informer.getStore().list().stream()
                        .allMatch(pod -> pods.containsKey(pod.getMetadata().getName()));
    }

    @Override
    public synchronized void close() {
        closed = true;
        informer.stop();
        followers.values().forEach(follower -> follower.client.close());
        followers.clear();
    }
}
