package dev.slb.acceptance;

import dev.slb.control.FilesControl;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.kind.Kinds;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.Health;
import dev.slb.plan.PlanJson;
import dev.slb.plan.Secret;
import dev.slb.source.ManifestSet;
import dev.slb.source.Manifests;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.RunningForwarder;
import dev.slb.translate.Settings;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** The whole way from a manifest to sockets, as a rule with all times divided by {@link #FACTOR}. */
final class Slb implements AutoCloseable {

    /** What takes 10 s by the manifest takes 1 s here. */
    static final int FACTOR = 10;

    static final String SHOP = """
            apiVersion: slb.dev/v1alpha1
            kind: LoadBalancer
            metadata: {name: shop}
            spec: {}
            """;

    private final Path folder;
    private final RunningForwarder forwarder = RunningForwarder.startEmpty(TransportKind.AUTO, 2);
    private final ScaledPlan plan;
    private FilesControl control;
    private List<String> problems = List.of();

    Slb(Path folder) {
        this(folder, FACTOR);
    }

    /** @param factor what all times are divided by; with 1, conditions are as a cluster would have them */
    Slb(Path folder, int factor) {
        this.folder = folder;
        this.plan = new ScaledPlan(forwarder.forwarder(), factor);
        this.control = newControl();
    }

    private FilesControl newControl() {
        return new FilesControl(
                Settings.files(),
                plan,
                loadBalancer -> Optional.of(new Secret("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")));
    }

    /** A control plane that knows nothing takes over; the forwarder goes on. */
    void restartControl() {
        control.close();
        control = newControl();
    }

    /** Serves these objects, and nothing else, and waits until the forwarder does. */
    Slb serve(String... manifests) throws IOException {
        apply(manifests);
        await(() -> {
            control.documents().forEach(document -> {
                DocumentState state = forwarder.state(document.id());
                assertThat(state).as("%s", document.id()).isNotNull();
                assertThat(state.serving())
                        .as("%s: %s", document.id(), state.message())
                        .isEqualTo(PlanJson.version(plan.scaled(document)));
            });
            return true;
        });
        return this;
    }

    /** Takes these objects, and does not wait. */
    void apply(String... manifests) throws IOException {
        StringBuilder all = new StringBuilder();
        for (String manifest : manifests) {
            all.append("---\n").append(manifest).append('\n');
        }
        Files.writeString(folder.resolve("manifests.yaml"), all);
        ManifestSet set = Manifests.read(List.of(folder));
        problems = set.problems().stream().map(Object::toString).toList();
        control.update(set.objects(), Set.of());
    }

    /** What the files say that can't be: the CRDs' own checks. */
    List<String> problems() {
        return problems;
    }

    /** A condition of an object as a cluster would show it: {@code False Invalid spec.port: ...}. */
    String condition(String id, String type) {
        for (HasMetadata object : control.objects(forwarder.report())) {
            if (Kinds.ALL.idOf(object).orElseThrow().toString().equals(id)) {
                return conditions(object).stream()
                        .filter(each -> each.getType().equals(type))
                        .map(each -> each.getStatus() + " " + each.getReason() + " " + each.getMessage())
                        .findFirst()
                        .orElse("none");
            }
        }
        return "no such object";
    }

    private static List<Condition> conditions(HasMetadata object) {
        if (object instanceof dev.slb.api.Listener listener) {
            return listener.getStatus().conditions();
        } else if (object instanceof dev.slb.api.LoadBalancer loadBalancer) {
            return loadBalancer.getStatus().conditions();
        } else if (object instanceof dev.slb.api.VServerGroup group) {
            return group.getStatus().conditions();
        }
        return ((dev.slb.api.MasterSlaveGroup) object).getStatus().conditions();
    }

    RunningForwarder forwarder() {
        return forwarder;
    }

    /** Waits until this many servers of a group are good. */
    void awaitNormal(String group, int servers) {
        await(() -> {
            assertThat(health(group)).hasSize(servers).allMatch(each -> each == Health.NORMAL);
            return true;
        });
    }

    /** The health of each server of a group, as its listeners see it. */
    List<Health> health(String group) {
        return forwarder.report().health().stream()
                .filter(each -> each.group().equals(DocumentId.parse(group)))
                .flatMap(each -> each.servers().stream())
                .map(each -> each.health())
                .toList();
    }

    /** Who answers how many of these requests, each over a connection of its own. */
    static Map<String, Integer> requests(int port, int count) throws IOException {
        Map<String, Integer> counts = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            counts.merge(get(port, "test", "/").text(), 1, Integer::sum);
        }
        return counts;
    }

    static HttpMessage get(int port, String host, String target, String... fields) throws IOException {
        StringBuilder request = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n");
        for (String field : fields) {
            request.append(field).append("\r\n");
        }
        try (HttpClientSocket socket = HttpClientSocket.connect(port)) {
            return socket.send(request + "\r\n").read();
        }
    }

    @Override
    public void close() {
        control.close();
        forwarder.close();
    }
}
