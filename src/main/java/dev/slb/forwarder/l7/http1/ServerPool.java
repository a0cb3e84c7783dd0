package dev.slb.forwarder.l7.http1;

import dev.slb.forwarder.l7.exchange.ServerLegs;
import dev.slb.forwarder.table.IdlePool;
import dev.slb.forwarder.table.Server;
import dev.slb.forwarder.transport.Deadline;
import dev.slb.forwarder.transport.Loop;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * The idle connections of one event loop to one server. The one that was used last is used first, so that those which
 * are too many grow old and are closed.
 */
public final class ServerPool implements IdlePool {

    static final int MAX_IDLE = 1024;

    private static final long SWEEP_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Server server;
    private final Loop loop;
    private ServerConnection[] idle = new ServerConnection[8];
    private int size;

    private final Deadline sweep = new Deadline() {
        @Override
        protected void expired() {
            closeOlderThan(loop.nanoTime() - ServerLegs.MAX_IDLE_NANOS);
            if (size > 0) {
                loop.wheel().arm(this, SWEEP_NANOS);
            }
        }
    };

    private ServerPool(Server server, Loop loop) {
        this.server = server;
        this.loop = loop;
    }

    /** The pool of this server on this loop, made when it is first asked for. */
    public static ServerPool of(Server server, Loop loop) {
        ServerPool pool = (ServerPool) server.pool(loop);
        if (pool == null) {
            pool = new ServerPool(server, loop);
            server.pool(loop, pool);
        }
        return pool;
    }

    /**
     * The connection that was used last, or null.
     *
     * @param usedSince {@link Loop#nanoTime}: not one that has been idle since before
     */
    public ServerConnection take(long usedSince) {
        while (size > 0 && idle[size - 1].idleSince() - usedSince >= 0) {
            ServerConnection connection = idle[--size];
            idle[size] = null;
            if (connection.isActive()) { // else its end is about to be reported
                return connection;
            }
        }
        return null;
    }

    /** @return false when it is not kept */
    boolean offer(ServerConnection connection) {
        if (size == MAX_IDLE || !server.isPoolable()) {
            return false;
        }
        if (size == idle.length) {
            idle = Arrays.copyOf(idle, 2 * size);
        }
        idle[size++] = connection;
        if (!sweep.isArmed()) {
            loop.wheel().arm(sweep, SWEEP_NANOS);
        }
        return true;
    }

    /** A connection that is in the pool has been closed. */
    void remove(ServerConnection connection) {
        for (int i = size - 1; i >= 0; i--) {
            if (idle[i] == connection) {
                removeRange(i, i + 1);
                return;
            }
        }
    }

    @Override
    public void clear() {
        closeFirst(size);
    }

    private void closeOlderThan(long time) {
        int count = 0;
        while (count < size && idle[count].idleSince() - time < 0) {
            count++;
        }
        closeFirst(count);
    }

    private void closeFirst(int count) {
        ServerConnection[] closed = Arrays.copyOf(idle, count);
        removeRange(0, count);
        for (ServerConnection each : closed) {
            each.close();
        }
    }

    private void removeRange(int from, int to) {
        System.arraycopy(idle, to, idle, from, size - to);
        Arrays.fill(idle, size - (to - from), size, null);
        size -= to - from;
    }
}
