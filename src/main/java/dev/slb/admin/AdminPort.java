package dev.slb.admin;

import dev.slb.base.Threads;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Serves routes over HTTP/1 with GET. See the package for what protects it.
 *
 * <pre>{@code
 * AdminRoutes routes = new AdminRoutes().probe("/healthz", Optional::empty);
 * try (AdminPort port = AdminPort.open(address, routes, AdminLimits.DEFAULT, new AdminCounts(), faults)) {
 *     ...
 * }
 * }</pre>
 */
public final class AdminPort implements AutoCloseable {

    private static final long TICK_MILLIS = 100;
    private static final int ACCEPTS_AT_ONCE = 16;
    private static final int BACKLOG = 1024;
    private static final int READ_BYTES = 8 * 1024;
    private static final int WRITE_BYTES = 32 * 1024;
    /** What the kernel keeps for a client that does not read, and of one that sends more than it may. */
    private static final int SEND_BUFFER = 64 * 1024;

    private static final int RECEIVE_BUFFER = 16 * 1024;

    private final AdminRoutes routes;
    private final AdminLimits limits;
    private final AdminCounts counts;
    private final BiConsumer<String, Throwable> faults;
    private final Selector selector;
    private final ServerSocketChannel server;
    private final InetSocketAddress address;
    private final SelectionKey accepting;
    private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(READ_BYTES);
    private final ByteBuffer writeBuffer = ByteBuffer.allocateDirect(WRITE_BYTES);
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Set<AdminConnection> connections = new LinkedHashSet<>();
    private final UnreadAnswers unread = new UnreadAnswers();
    private final ExecutorService worker = Executors.newSingleThreadExecutor(Threads.single("admin-documents"));
    private final Builds builds;
    private final Thread thread = Threads.daemon("admin", this::run);
    private long ticked = System.nanoTime();
    private volatile boolean closing;

    private AdminPort(
            Selector selector,
            ServerSocketChannel server,
            AdminRoutes routes,
            AdminLimits limits,
            AdminCounts counts,
            BiConsumer<String, Throwable> faults)
            throws IOException {
        this.routes = routes;
        this.limits = limits;
        this.counts = counts;
        this.faults = faults;
        this.selector = selector;
        this.server = server;
        this.address = (InetSocketAddress) server.getLocalAddress();
        this.accepting = server.register(selector, SelectionKey.OP_ACCEPT);
        this.builds = new Builds(worker, this::execute, faults);
    }

    /**
     * @param address port 0 takes a free one
     * @param counts is written to
     * @param faults hears of exceptions that nobody has foreseen, and what they were about, from any thread
     * @throws IOException when the address can't be bound; says which
     */
    public static AdminPort open(
            InetSocketAddress address,
            AdminRoutes routes,
            AdminLimits limits,
            AdminCounts counts,
            BiConsumer<String, Throwable> faults)
            throws IOException {
        Selector selector = Selector.open();
        ServerSocketChannel server = ServerSocketChannel.open();
        try {
            server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            server.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
            server.configureBlocking(false);
            server.bind(address, BACKLOG);
            AdminPort port = new AdminPort(selector, server, routes, limits, counts, faults);
            port.thread.start();
            return port;
        } catch (IOException | RuntimeException e) {
            server.close();
            selector.close();
            throw new IOException(address + ": " + e.getMessage(), e);
        }
    }

    public InetSocketAddress address() {
        return address;
    }

    private void run() {
        while (!closing) {
            try {
                turn();
            } catch (Throwable e) {
                faults.accept("the admin port", e);
                LockSupport.parkNanos(TICK_MILLIS * 1_000_000); // a turn that always fails must not take a core
            }
        }
        List.copyOf(connections).forEach(AdminConnection::close);
        try {
            server.close();
            selector.close();
        } catch (IOException e) {
            faults.accept("the end of the admin port", e);
        }
    }

    private void turn() throws IOException {
        selector.select(TICK_MILLIS);
        for (int left = tasks.size(); left > 0; left--) { // those that they bring about have the next turn
            guard(tasks.poll());
        }
        Set<SelectionKey> ready = selector.selectedKeys();
        for (SelectionKey key : ready) {
            if (key.attachment() instanceof AdminConnection connection) {
                step(connection, connection::ready);
            }
        }
        // Last: who is there already has asked, perhaps, and must not make room before it is looked at.
        if (ready.contains(accepting)) {
            accept();
        }
        ready.clear();
        makeRoom();
        long now = System.nanoTime();
        if (now - ticked >= TICK_MILLIS * 1_000_000) {
            ticked = now;
            List.copyOf(connections).forEach(each -> guard(() -> each.tick(now)));
            builds.tick(now);
            accepting.interestOps(SelectionKey.OP_ACCEPT);
        }
    }

    private void guard(Runnable task) {
        try {
            task.run();
        } catch (Throwable e) {
            faults.accept("the admin port", e);
        }
    }

    /** Something that a connection does when its socket is ready. */
    private interface Step {
        void take() throws IOException;
    }

    private void step(AdminConnection connection, Step step) {
        try {
            step.take();
        } catch (IOException e) {
            connection.close();
        } catch (Throwable e) {
            connection.close();
            faults.accept("a connection to the admin port", e);
        }
    }

    private void accept() {
        for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
            SocketChannel channel;
            try {
                channel = server.accept();
            } catch (IOException e) {
                // No descriptor is left: again with the next tick, for it would be ready all the time.
                accepting.interestOps(0);
                return;
            }
            if (channel == null) {
                return;
            }
            try {
                take(channel);
            } catch (IOException e) {
                closeQuietly(channel);
            }
        }
    }

    private void take(SocketChannel channel) throws IOException {
        InetAddress source = ((InetSocketAddress) channel.getRemoteAddress()).getAddress();
        boolean reserved = !findRoom(source);
        if (reserved && !findReserve()) {
            counts.refused(AdminRefusal.RESERVE_LIMIT);
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            channel.close();
            return;
        }
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER);
        SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
        AdminConnection connection = new AdminConnection(this, channel, key, source, reserved);
        key.attach(connection);
        connections.add(connection);
        counts.connections(connections.size());
        step(connection, connection::read); // its request is there with it, as a rule
    }

    private static void closeQuietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // Nobody needs it.
        }
    }

    private Stream<AdminConnection> all() {
        return connections.stream().filter(each -> !each.isReserved());
    }

    private boolean findRoom(InetAddress source) {
        if (all().filter(each -> each.source().equals(source)).count() >= limits.connectionsOfSource()) {
            return endOldest(all().filter(each -> each.source().equals(source)), AdminRefusal.SOURCE_LIMIT);
        } else if (all().count() >= limits.connections()) {
            Map<InetAddress, Long> bySource =
                    all().collect(Collectors.groupingBy(AdminConnection::source, Collectors.counting()));
            long most = all().filter(AdminConnection::isWaiting)
                    .mapToLong(each -> bySource.get(each.source()))
                    .max()
                    .orElse(0);
            return endOldest(all().filter(each -> bySource.get(each.source()) == most), AdminRefusal.CONNECTION_LIMIT);
        }
        return true;
    }

    private boolean findReserve() {
        List<AdminConnection> reserve =
                connections.stream().filter(AdminConnection::isReserved).toList();
        return reserve.size() < limits.reserve() || endOldest(reserve.stream(), AdminRefusal.RESERVE_LIMIT);
    }

    private static boolean endOldest(Stream<AdminConnection> some, AdminRefusal why) {
        AdminConnection oldest = some.filter(AdminConnection::isWaiting)
                .min(Comparator.comparingLong(AdminConnection::waitingSince))
                .orElse(null);
        if (oldest != null) {
            oldest.end(why);
        }
        return oldest != null;
    }

    private void makeRoom() {
        while (unread.exceeds(limits.unreadBytes())) {
            connections.stream()
                    .filter(AdminConnection::isUnread)
                    .min(Comparator.comparingLong(AdminConnection::deadline))
                    .orElseThrow()
                    .end(AdminRefusal.UNREAD_LIMIT);
        }
    }

    boolean mayPoll(InetAddress source) {
        List<AdminConnection> polling =
                connections.stream().filter(AdminConnection::isPolling).toList();
        return polling.size() < limits.polls()
                && polling.stream().filter(each -> each.source().equals(source)).count() < limits.pollsOfSource();
    }

    void closed(AdminConnection connection) {
        connections.remove(connection);
        counts.connections(connections.size());
    }

    /** Does it on the port's thread, later. Any thread. */
    void execute(Runnable task) {
        tasks.add(task);
        selector.wakeup();
    }

    AdminRoutes routes() {
        return routes;
    }

    AdminLimits limits() {
        return limits;
    }

    AdminCounts counts() {
        return counts;
    }

    Builds builds() {
        return builds;
    }

    UnreadAnswers unread() {
        return unread;
    }

    ByteBuffer readBuffer() {
        return readBuffer;
    }

    ByteBuffer writeBuffer() {
        return writeBuffer;
    }

    /** Ends all connections, and waits until the port is closed. */
    @Override
    public void close() {
        closing = true;
        selector.wakeup();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        worker.shutdownNow();
    }
}
