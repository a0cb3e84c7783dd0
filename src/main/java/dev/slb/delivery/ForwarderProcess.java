package dev.slb.delivery;

import dev.slb.forwarder.Forwarder;
import dev.slb.forwarder.ForwarderOptions;
import dev.slb.forwarder.admin.AdminServer;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A forwarder as a process of its own: takes the plan from an operator and remembers the last good set, so that it serves after a
 * restart even if no operator can be reached. It knows nothing of Kubernetes.
 */
public final class ForwarderProcess implements AutoCloseable {

    /**
     * @param forwarder how it runs
     * @param plan where an operator serves the plan
     * @param lastGood folder for the last good set, which nobody else uses
     * @param admin where the admin port is
     * @param stream of the plan
     */
    public record Options(
            ForwarderOptions forwarder,
            SocketAddress plan,
            Path lastGood,
            InetSocketAddress admin,
            PlanStreamOptions stream) {}

    private final Forwarder forwarder;
    private final LastGood lastGood;
    private final AdminServer admin;
    private final PlanStreamClient plan;

    private ForwarderProcess(Forwarder forwarder, LastGood lastGood, AdminServer admin, PlanStreamClient plan) {
        this.forwarder = forwarder;
        this.lastGood = lastGood;
        this.admin = admin;
        this.plan = plan;
    }

    /** @throws IOException when the folder can't be used, or a local socket can't be bound */
    public static ForwarderProcess start(Options options) throws IOException {
        Forwarder forwarder = Forwarder.start(options.forwarder());
        try {
            LastGood lastGood = new LastGood(options.lastGood(), forwarder, forwarder::state, forwarder::keeping);
            lastGood.start();
            AdminServer admin = AdminServer.start(forwarder, options.admin(), lastGood::wasWhole);
            PlanStreamClient plan = new PlanStreamClient(
                            options.plan(), options.forwarder().name(), null, lastGood, options.stream())
                    .start();
            return new ForwarderProcess(forwarder, lastGood, admin, plan);
        } catch (IOException | RuntimeException e) {
            forwarder.close();
            throw e;
        }
    }

    public Forwarder forwarder() {
        return forwarder;
    }

    /**
     * Takes no new connections and no more of the plan, and waits until those there are have ended.
     *
     * @param atMost then {@link #close} ends the rest
     */
    public void drain(Duration atMost) {
        plan.close();
        lastGood.close();
        forwarder.drain(atMost).toCompletableFuture().join();
    }

    @Override
    public void close() {
        plan.close();
        lastGood.close();
        admin.close();
        forwarder.close();
    }
}
