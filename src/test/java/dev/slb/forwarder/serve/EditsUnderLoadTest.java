package dev.slb.forwarder.serve;

import dev.slb.plan.DocumentId;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.SchedulerType;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import static dev.slb.testing.ListenerPlanBuilder.tcpCheck;
import static org.assertj.core.api.Assertions.assertThat;

/** Editing everything while traffic runs costs nobody anything. */
class EditsUnderLoadTest extends ForwarderTestBase {

    private static final int EDITS = 200;

    private final List<TcpServer> servers = List.of(server("a"), server("b"), server("c"), server("d"));
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger exchanges = new AtomicInteger();

    private GroupPlan group(Random random) {
        GroupPlanBuilder group = GroupPlanBuilder.group("web");
        boolean some = false;
        for (int i = 0; i < servers.size(); i++) {
            boolean last = i == servers.size() - 1;
            if (random.nextInt(4) > 0 || (last && !some)) {
                int weight = last && !some ? 1 : random.nextInt(101);
                some |= weight > 0;
                group.server("s" + i, servers.get(i).port(), weight);
            }
        }
        return group.build();
    }

    private ListenerPlan listener(Random random) {
        return ListenerPlanBuilder.tcp("tcp", port)
                .scheduler(random.nextBoolean() ? SchedulerType.WRR : SchedulerType.RR)
                .idleMillis(50_000 + random.nextInt(1_000))
                .check(tcpCheck(100 + random.nextInt(5), 5_000))
                .drain(30_000 + random.nextInt(1_000), false)
                .build();
    }

    private Thread client(boolean keepAlive) {
        Thread thread = new Thread(() -> {
            while (!stop.get()) {
                try (Socket connection = Loopback.connect(port)) {
                    name(connection);
                    connections.incrementAndGet();
                    do {
                        connection.getOutputStream().write('x');
                        assertThat(connection.getInputStream().read()).isEqualTo('x');
                        exchanges.incrementAndGet();
                    } while (keepAlive && !stop.get());
                } catch (IOException | AssertionError e) {
                    failures.add(e);
                    return;
                }
            }
        });
        thread.start();
        return thread;
    }

    @Test
    void twoHundredEditsUnderLoadFailNothing() throws Exception {
        long seed = 20_261_123;
        Random random = new Random(seed);
        forwarder.serve(group(random), listener(random));
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            clients.add(client(i % 2 == 0));
        }

        DocumentId other = DocumentId.listener("shop", "other");
        for (int i = 0; i < EDITS; i++) {
            switch (random.nextInt(3)) {
                case 0 -> forwarder.serve(group(random));
                case 1 -> forwarder.serve(listener(random));
                default -> {
                    forwarder.serve(ListenerPlanBuilder.tcp("other", Loopback.freePort())
                            .check(tcpCheck(50, 5_000))
                            .build());
                    forwarder.withdraw(other);
                }
            }
            int seen = connections.get();
            while (connections.get() < seen + 2 && failures.isEmpty()) {
                Thread.onSpinWait();
            }
        }
        stop.set(true);
        for (Thread client : clients) {
            client.join();
        }

        assertThat(failures).as("seed %d", seed).isEmpty();
        assertThat(forwarder.forwarder().stats().refusals()).isEmpty();
        assertThat(connections.get()).isGreaterThanOrEqualTo(2 * EDITS);
    }
}
