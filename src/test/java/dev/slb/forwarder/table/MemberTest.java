package dev.slb.forwarder.table;

import dev.slb.forwarder.transport.Faults;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.TimeSource;
import dev.slb.forwarder.transport.Transport;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.DocumentId;
import dev.slb.testing.Loopback;
import dev.slb.testing.Sockets;
import io.netty.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

@Sockets
class MemberTest {

    private static final int ROUNDS = 20_000;

    private static Transport transport;
    private static Loop loop;

    @BeforeAll
    static void open() {
        transport = Transport.open(TransportKind.NIO, 1, "member", new Faults(fatal -> {}));
        loop = transport.loops().get(0);
    }

    @AfterAll
    static void close() {
        transport.close().awaitUninterruptibly();
    }

    private static Member member() {
        Server.Key key = new Server.Key("s", Loopback.ADDRESS, 80, Server.Protocol.HTTP, BackendPlan.orHttp(null));
        return new Member(
                DocumentId.vServerGroup("shop", "web"),
                new Server(key, transport.loops(), null, new Failures(TimeSource.SYSTEM, () -> {})),
                "s",
                transport.loops());
    }

    private static <T> T onLoop(Callable<T> step) throws Exception {
        return loop.eventLoop().submit(step).get(20, TimeUnit.SECONDS);
    }

    @Test
    void aServerWithAConnectionDoesNotRetire() throws Exception {
        Member member = member();
        Connection runs = new Connection();
        assertThat(onLoop(() -> member.begin(loop, runs))).isTrue();

        assertThat(member.retire()).isFalse();

        assertThat(onLoop(() -> member.begin(loop, new Connection()))).isTrue();
        assertThat(member.active()).isEqualTo(2);
    }

    @Test
    void onARetiredServerNothingBegins() throws Exception {
        Member member = member();

        assertThat(member.retire()).isTrue();

        assertThat(onLoop(() -> member.begin(loop, new Connection()))).isFalse();
        assertThat(member.active()).isZero();
    }

    @Test
    void whatBeginsWhileAServerRetiresKeepsItOrIsTurnedAway() throws Exception {
        List<Member> members = Stream.generate(MemberTest::member).limit(ROUNDS).toList();
        boolean[] begun = new boolean[ROUNDS];
        AtomicInteger atRound = new AtomicInteger(-1);
        AtomicInteger done = new AtomicInteger(-1);
        Future<?> beginning = loop.eventLoop().submit(() -> {
            for (int i = 0; i < ROUNDS; i++) {
                atRound.set(i);
                begun[i] = members.get(i).begin(loop, new Connection());
                while (done.get() < i) {
                    Thread.yield();
                }
            }
        });
        boolean[] retired = new boolean[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            while (atRound.get() < i) {
                Thread.onSpinWait();
            }
            retired[i] = members.get(i).retire();
            done.set(i);
        }
        beginning.get(20, TimeUnit.SECONDS);

        for (int i = 0; i < ROUNDS; i++) {
            assertThat(begun[i] && retired[i])
                    .as("round %d: begun on a retired server", i)
                    .isFalse();
        }
    }

    private static final class Connection implements Tracked {

        private int index = -1;

        @Override
        public int registryIndex() {
            return index;
        }

        @Override
        public void registryIndex(int next) {
            index = next;
        }

        @Override
        public void drain() {}

        @Override
        public void end(End how) {}
    }
}
