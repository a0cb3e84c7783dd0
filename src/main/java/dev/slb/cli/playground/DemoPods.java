package dev.slb.cli.playground;

import dev.slb.base.Threads;
import dev.slb.cli.echo.EchoServer;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Runs pods as demo backends of this process, each on a loopback address of its own, and says what a cluster would say of
 * them: address and readiness.
 *
 * <p>A pod that fails stays Ready, as on a cluster whose node has not noticed yet: what takes it out of service are the load
 * balancer's own checks. Its readiness ends by {@code POST /-/unready}.
 */
final class DemoPods implements AutoCloseable {

    /** Where pods are controlled whose manifest has no container port called {@code control}. */
    static final int CONTROL_PORT = 9901;

    private static final String CONTROL_PORT_NAME = "control";
    private static final int LAST_HOST = 254;
    private static final long LEAST_DRAIN_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(300);

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory());
    private final byte[] network;
    private final Map<PodKey, Running> running = new LinkedHashMap<>();
    private final Set<Integer> hosts = ConcurrentHashMap.newKeySet();
    private final Set<EchoServer> leaving = ConcurrentHashMap.newKeySet();
    private int nextHost;
    private int incarnations;

    private record PodKey(String namespace, String name) {
        static PodKey of(Pod pod) {
            return new PodKey(
                    pod.getMetadata().getNamespace(), pod.getMetadata().getName());
        }
    }

    /** The container ports to serve: a change of them makes another pod. */
    private record Ports(List<Integer> serving, List<Integer> udp, int control) {
        static Ports of(Pod pod) {
            List<Integer> serving = new ArrayList<>();
            List<Integer> udp = new ArrayList<>();
            int control = CONTROL_PORT;
            for (Container container : pod.getSpec().getContainers()) {
                for (ContainerPort port : container.getPorts()) {
                    if (CONTROL_PORT_NAME.equals(port.getName())) {
                        control = port.getContainerPort();
                    } else {
                        List<Integer> list = "UDP".equals(port.getProtocol()) ? udp : serving;
                        if (!list.contains(port.getContainerPort())) {
                            list.add(port.getContainerPort());
                        }
                    }
                }
            }
            return new Ports(List.copyOf(serving), List.copyOf(udp), control);
        }
    }

    private record Running(String uid, int host, Ports ports, EchoServer server) {}

    /** @param first address of the first pod, such as 127.0.1.1; the next ones follow in its /24 network */
    DemoPods(InetAddress first) {
        this.network = first.getAddress();
        this.nextHost = network[network.length - 1] & 0xff;
    }

    /**
     * Starts what is new, and retires what is gone: those serve on until the load balancer has turned away.
     *
     * @return what went wrong, by pod
     */
    synchronized List<String> run(Collection<Pod> pods) {
        List<String> problems = new ArrayList<>();
        Set<PodKey> wanted = new HashSet<>();
        for (Pod pod : pods) {
            PodKey key = PodKey.of(pod);
            wanted.add(key);
            Ports ports = Ports.of(pod);
            Running present = running.get(key);
            if (present != null && present.ports.equals(ports)) {
                continue;
            }
            if (present != null) {
                retire(running.remove(key));
            }
            if (ports.serving.isEmpty() && ports.udp.isEmpty()) {
                problems.add(PodTemplates.describe(pod) + ": has no containerPort, so there is nothing to serve");
                continue;
            }
            try {
                running.put(key, start(key, ports));
            } catch (IOException e) {
                problems.add(PodTemplates.describe(pod) + ": " + e.getMessage());
            }
        }
        for (PodKey key : List.copyOf(running.keySet())) {
            if (!wanted.contains(key)) {
                retire(running.remove(key));
            }
        }
        return problems;
    }

    private Running start(PodKey key, Ports ports) throws IOException {
        int host = freeHost();
        EchoServer server = EchoServer.start(key.name, address(host), ports.serving, ports.udp, ports.control, loops);
        hosts.add(host);
        return new Running(key.name + "-" + ++incarnations, host, ports, server);
    }

    private int freeHost() throws IOException {
        for (int tries = 0; tries < LAST_HOST; tries++) {
            int host = nextHost;
            nextHost = host >= LAST_HOST ? 1 : host + 1;
            if (!hosts.contains(host)) {
                return host;
            }
        }
        throw new IOException("the playground has room for " + LAST_HOST + " pods");
    }

    private InetAddress address(int host) {
        byte[] address = network.clone();
        address[address.length - 1] = (byte) host;
        try {
            return InetAddress.getByAddress(address);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of a wrong length", e);
        }
    }

    private void retire(Running pod) {
        pod.server.drain();
        leaving.add(pod.server);
        closeWhenIdle(pod, System.nanoTime());
    }

    private void closeWhenIdle(Running pod, long since) {
        loops.schedule(
                () -> {
                    long waited = System.nanoTime() - since;
                    if (waited < DRAIN_NANOS && (waited < LEAST_DRAIN_NANOS || pod.server.active() > 0)) {
                        closeWhenIdle(pod, since);
                        return;
                    }
                    // Closing waits for the event loops, so not on one of them.
                    Threads.daemon("close-" + pod.uid, () -> close(pod)).start();
                },
                100,
                TimeUnit.MILLISECONDS);
    }

    private void close(Running pod) {
        pod.server.close();
        leaving.remove(pod.server);
        hosts.remove(pod.host);
    }

    /** The pods as a cluster would show them: with an address, running, ready or not. */
    synchronized List<Pod> observed(Collection<Pod> pods) {
        List<Pod> observed = new ArrayList<>();
        for (Pod pod : pods) {
            Running present = running.get(PodKey.of(pod));
            observed.add(present == null ? pod : observed(pod, present));
        }
        return observed;
    }

    private static Pod observed(Pod pod, Running running) {
        String address = running.server.address().getHostAddress();
        return new PodBuilder(pod)
                .editMetadata()
                .withUid(running.uid)
                .endMetadata()
                .withNewStatus()
                .withPhase("Running")
                .withPodIP(address)
                .addNewPodIP(address)
                .addNewCondition()
                .withType("Ready")
                .withStatus(running.server.isReady() ? "True" : "False")
                .endCondition()
                .endStatus()
                .build();
    }

    /** The servers, in the order in which they started. */
    synchronized List<EchoServer> servers() {
        return running.values().stream().map(Running::server).toList();
    }

    /** By the pod's name, with or without its namespace. */
    synchronized Optional<EchoServer> find(String name) {
        return running.entrySet().stream()
                .filter(pod ->
                        name.equals(pod.getKey().name) || name.equals(pod.getKey().namespace + "/" + pod.getKey().name))
                .map(pod -> pod.getValue().server)
                .findFirst();
    }

    @Override
    public synchronized void close() {
        running.values().forEach(pod -> pod.server.close());
        leaving.forEach(EchoServer::close);
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
