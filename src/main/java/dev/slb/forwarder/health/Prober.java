package dev.slb.forwarder.health;

import dev.slb.forwarder.tls.BackendTls;
import dev.slb.forwarder.transport.Deadline;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.Transport;
import dev.slb.plan.Health;
import dev.slb.plan.HealthCheckPlan;
import io.netty.channel.ChannelException;

import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Checks one server by one specification, again and again: the interval runs from the end of one check to the start of
 * the next. Lives on one event loop, and tells its verdict only when it changes.
 */
final class Prober {

    /** Takes verdicts. Called on the loop. */
    interface Listener {
        void verdict(Health health, String cause);

        /** A check has ended. */
        void checked(boolean good);
    }

    /** Second checks are spread over so much time at most, so that servers that come in one instant are not checked in one for ever. */
    private static final long MAX_SPREAD_MILLIS = 100;

    private static final long FIRST_SILENCE_MILLIS = 1000;

    private final Transport transport;
    private final InetSocketAddress address;
    private final HealthCheckPlan plan;
    private final Probe probe;
    private final Loop loop;
    private final Listener listener;
    private FirstChecks firstChecks;
    private final HealthState state;
    private final FirstChecks.Candidate first = new FirstChecks.Candidate() {
        @Override
        void firstCheck() {
            loop.faults().guard(address, Prober.this::check).run();
        }
    };
    private final Deadline nextCheck = new Deadline() {
        @Override
        protected void expired() {
            check();
        }
    };
    private String told;
    private Check running;
    private boolean stopped;
    /** By how much the next check comes later than after the interval. */
    private long spreadMillis;

    /** @param tls how to speak with the server; null for clear text */
    Prober(InetSocketAddress address, HealthCheckPlan plan, Transport transport, BackendTls tls, Listener listener) {
        this.transport = transport;
        this.address = address;
        this.plan = plan;
        this.loop = transport.nextLoop();
        this.listener = listener;
        this.state = new HealthState(plan.healthyThreshold(), plan.unhealthyThreshold());
        this.probe = probe(plan, transport, tls, address);
    }

    private static Probe probe(HealthCheckPlan plan, Transport transport, BackendTls tls, InetSocketAddress address) {
        return switch (plan.type()) {
            case TCP -> new TcpProbe(transport, address);
            case HTTP ->
                plan.backend() != null && plan.backend().protocol().isHttp2()
                        ? new Http2Probe(plan, transport, tls, address)
                        : new HttpProbe(plan, transport, tls, address);
            case UDP -> new UdpProbe(plan, transport, address);
            case GRPC -> new Http2Probe(plan, transport, tls, address);
        };
    }

    /**
     * @param firstChecks of its loop
     * @param turn of its first check, see {@link FirstChecks#add}
     * @param chance how the second check is spread
     */
    void start(FirstChecks firstChecks, int turn, RandomGenerator chance) {
        this.firstChecks = firstChecks;
        spreadMillis = chance.nextLong(Math.min(plan.intervalMillis() / 4, MAX_SPREAD_MILLIS) + 1);
        loop.eventLoop().execute(() -> {
            if (!stopped) {
                firstChecks.add(first, turn);
            }
        });
    }

    Loop loop() {
        return loop;
    }

    void stop() {
        loop.eventLoop().execute(() -> {
            stopped = true;
            firstChecks.remove(first);
            loop.wheel().cancel(nextCheck);
            if (running != null) {
                running.abandon();
            }
        });
    }

    private void check() {
        running = new Check();
        running.start();
    }

    /** There was no check, hence no result. */
    private void skipped() {
        running = null;
        loop.wheel().arm(nextCheck, TimeUnit.MILLISECONDS.toNanos(plan.intervalMillis()));
    }

    private void finished(boolean good, String cause) {
        running = null;
        if (stopped) {
            return;
        }
        listener.checked(good);
        Health before = state.verdict();
        Health verdict = good ? state.success() : state.failure();
        String because = verdict == Health.ABNORMAL ? cause : null;
        // While an abnormal server passes its first checks, the last cause stands.
        boolean newCause = because != null && !because.equals(told);
        if (verdict != before || newCause) {
            told = because;
            listener.verdict(verdict, because);
        }
        loop.wheel().arm(nextCheck, TimeUnit.MILLISECONDS.toNanos(plan.intervalMillis() + spreadMillis));
        spreadMillis = 0;
    }

    /** One check: its result is the first of what the probe says, and the timeout. */
    private final class Check extends Deadline implements Probe.Result {

        private Probe.Attempt attempt;
        private boolean ended;

        void start() {
            loop.wheel().arm(this, TimeUnit.MILLISECONDS.toNanos(patienceMillis()));
            try {
                attempt = probe.start(loop, this);
            } catch (ChannelException e) { // no file descriptor is left: it says nothing of the server
                transport.shortages().warn("can't check {}: {}", address, e);
                loop.wheel().cancel(this);
                ended = true;
                skipped();
            }
        }

        /**
         * A server that admits itself by silence need not be silent for the whole timeout the first time: an error of the
         * network comes at once or not at all, and all the while nobody could use the server.
         */
        private long patienceMillis() {
            return probe.isSilenceGood() && state.verdict() == Health.UNAVAILABLE
                    ? Math.min(plan.timeoutMillis(), FIRST_SILENCE_MILLIS)
                    : plan.timeoutMillis();
        }

        @Override
        public void success() {
            end(true, null);
        }

        @Override
        public void failure(String cause) {
            end(false, cause);
        }

        @Override
        public void closed() {
            end(false, "connection closed without an answer");
            loop.wheel().cancel(this);
        }

        /** What has begun may live on after the result, to read the rest of an answer, but not for longer than this. */
        @Override
        protected void expired() {
            end(probe.isSilenceGood(), "timeout after " + plan.timeoutMillis() + " ms");
            attempt.abort();
        }

        private void end(boolean good, String cause) {
            if (!ended) {
                ended = true;
                finished(good, cause);
            }
        }

        void abandon() {
            ended = true;
            loop.wheel().cancel(this);
            attempt.abort();
        }
    }
}
