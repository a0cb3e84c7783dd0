package dev.slb.cli.playground;

import dev.slb.cli.echo.EchoServer;
import dev.slb.cli.echo.EchoState;
import dev.slb.cli.local.Finding;
import dev.slb.cli.local.LocalBalancer;
import dev.slb.cli.local.View;
import dev.slb.control.FilesControl;
import dev.slb.forwarder.ForwarderOptions;
import dev.slb.source.ManifestSet;
import dev.slb.source.ManifestWatcher;
import io.fabric8.kubernetes.api.model.Pod;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Serves a folder of ordinary manifests without a cluster: its pods are demo backends of this process, its load balancers
 * the real thing. Follows changes of the files and of the pods' readiness.
 */
public final class Playground implements AutoCloseable {

    private final LocalBalancer balancer;
    private final DemoPods pods;
    private ManifestWatcher watcher;

    private ManifestSet manifests = ManifestSet.EMPTY;
    private List<Pod> templates = List.of();
    private List<Pod> observed = List.of();
    private List<Finding> findings = List.of();
    private List<String> podProblems = List.of();

    private Playground(LocalBalancer balancer, DemoPods pods) {
        this.balancer = balancer;
        this.pods = pods;
    }

    /**
     * @param firstPod address of the first pod; the next ones follow in its /24 network
     * @throws IllegalStateException when the transport that was asked for does not work here
     */
    public static Playground start(List<Path> paths, InetAddress firstPod, ForwarderOptions options) {
        Playground playground =
                new Playground(LocalBalancer.start(options, FilesControl.forgottenKeys()), new DemoPods(firstPod));
        try {
            playground.watcher = ManifestWatcher.start(paths, playground::take);
            return playground;
        } catch (RuntimeException e) {
            playground.close();
            throw e;
        }
    }

    private synchronized void take(ManifestSet set) {
        PodTemplates.Result expanded = PodTemplates.expand(set.objects());
        manifests = set;
        templates = expanded.pods();
        // New pods listen before anybody is told of them; old ones serve on until the load balancer has turned away.
        List<String> problems = new ArrayList<>(expanded.problems());
        problems.addAll(pods.run(templates));
        podProblems = List.copyOf(problems);
        observed = pods.observed(templates);
        findings = balancer.update(set, observed);
    }

    /** Tells the load balancer of pods whose readiness changed, as a node would; to be called every now and then. */
    public synchronized void observePods() {
        balancer.reviewCertificates();
        List<Pod> now = pods.observed(templates);
        if (!now.equals(observed)) {
            observed = now;
            findings = balancer.update(manifests, observed);
        }
    }

    public View view() {
        return balancer.view();
    }

    /** What is wrong with the manifests now. */
    public synchronized List<Finding> findings() {
        return findings;
    }

    /** Pods that do not run, and why. */
    public synchronized List<String> podProblems() {
        return podProblems;
    }

    /** The pods that run, as they were started. */
    public List<EchoServer> pods() {
        return pods.servers();
    }

    /** By name, with or without its namespace. */
    public Optional<EchoServer> pod(String name) {
        return pods.find(name);
    }

    /**
     * Does what a person typed: {@code fail POD [refuse|hang|error]}, {@code unready POD} or {@code recover POD}.
     *
     * @return what happened
     */
    public String command(String line) {
        String[] words = line.trim().split("\\s+");
        if (words.length < 2 || words.length > 3) {
            return "type: fail POD [refuse|hang|error], unready POD, recover POD, or quit";
        }
        Optional<EchoServer> pod = pods.find(words[1]);
        if (pod.isEmpty()) {
            return "there is no pod " + words[1];
        }
        try {
            EchoState state = switch (words[0]) {
                case "fail" -> EchoState.of(words.length == 3 ? words[2] : EchoState.REFUSE.text());
                case "unready" -> EchoState.UNREADY;
                case "recover" -> EchoState.SERVING;
                default -> throw new IllegalArgumentException("not a command: " + words[0]);
            };
            pod.get().become(state);
            observePods();
            return words[1] + " " + state.text();
        } catch (IllegalArgumentException | IOException e) {
            return e.getMessage();
        }
    }

    @Override
    public void close() {
        if (watcher != null) {
            watcher.close();
        }
        balancer.close();
        pods.close();
    }
}
