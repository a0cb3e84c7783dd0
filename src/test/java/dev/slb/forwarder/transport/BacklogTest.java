package dev.slb.forwarder.transport;

import dev.slb.testing.Sockets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

@Sockets
class BacklogTest {

    private static final int BUDGET = 1_000_000;

    private static Transport transport;
    private static Loop loop;

    private final Backlog backlog = new Backlog(loop, loop.buffers(), BUDGET);
    private final List<String> ended = new ArrayList<>();

    @BeforeAll
    static void open() {
        transport = Transport.open(TransportKind.NIO, 1, "backlog", new Faults(fatal -> {}));
        loop = transport.loops().get(0);
    }

    @AfterAll
    static void close() {
        transport.close().awaitUninterruptibly();
    }

    /** A connection whose other end takes what the test says. */
    private final class Slow extends Backlog.Entry {
        private final String name;
        private long held;
        private long told;

        Slow(String name) {
            this.name = name;
        }

        @Override
        protected long held() {
            told = held;
            return held;
        }

        @Override
        protected void end() {
            ended.add(name);
        }
    }

    private static void onLoop(Runnable step) throws Exception {
        loop.eventLoop().submit(step).get(20, TimeUnit.SECONDS);
    }

    private void hold(Slow connection, long bytes) throws Exception {
        onLoop(() -> {
            connection.held = bytes;
            backlog.look(connection);
        });
    }

    private List<String> ended() throws Exception {
        List<String> seen = new ArrayList<>();
        onLoop(() -> seen.addAll(ended));
        return seen;
    }

    private static boolean looked(Slow connection) throws Exception {
        return loop.eventLoop().submit(() -> connection.told == connection.held).get(20, TimeUnit.SECONDS);
    }

    @Test
    void whatIsInTheBudgetEndsNobody() throws Exception {
        hold(new Slow("a"), BUDGET / 2);
        hold(new Slow("b"), BUDGET / 2);

        assertThat(ended()).isEmpty();
    }

    @Test
    void beyondTheBudgetTheFirstThatBeganToWaitEndsAndNoMoreThanMust() throws Exception {
        hold(new Slow("a"), BUDGET / 2);
        hold(new Slow("b"), BUDGET / 2);
        hold(new Slow("c"), BUDGET / 4);

        await(() -> ended().equals(List.of("a")));
        hold(new Slow("d"), BUDGET / 4);
        assertThat(ended()).containsExactly("a");
    }

    @Test
    void whoTakesSomethingIsBehindThoseThatTakeNothing() throws Exception {
        Slow first = new Slow("first");
        hold(first, BUDGET / 2);
        hold(new Slow("second"), BUDGET / 4);
        onLoop(() -> first.held -= 1); // is seen when all are looked at, as nobody tells of it
        await(() -> looked(first));
        hold(new Slow("third"), BUDGET / 2);

        await(() -> ended().equals(List.of("second")));
    }

    @Test
    void whoHoldsNothingAnyMoreOrIsGoneDoesNotCount() throws Exception {
        Slow drained = new Slow("drained");
        Slow gone = new Slow("gone");
        hold(drained, BUDGET / 2);
        hold(gone, BUDGET / 2);
        hold(drained, 0);
        onLoop(() -> backlog.remove(gone));

        hold(new Slow("next"), BUDGET);

        assertThat(ended()).isEmpty();
    }

    @Test
    void theMoreIsHeldTheLessEachConnectionMayHave() throws Exception {
        int[] rooms = new int[3];
        onLoop(() -> rooms[0] = backlog.room(BUDGET, 10));
        hold(new Slow("a"), BUDGET / 2);
        onLoop(() -> rooms[1] = backlog.room(BUDGET, 10));
        hold(new Slow("b"), BUDGET / 2);
        onLoop(() -> rooms[2] = backlog.room(BUDGET, 10));

        assertThat(rooms[0]).isGreaterThan(rooms[1]).isLessThan(BUDGET);
        assertThat(rooms[1]).isGreaterThan(rooms[2]);
        assertThat(rooms[2]).isEqualTo(10);
    }
}
