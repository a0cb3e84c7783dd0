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
class UsageTest {

    private static final int ROUNDS = 20_000;

    private static Transport transport;
    private static Loop loop;

    @BeforeAll
    static void open() {
        transport = Transport.open(TransportKind.NIO, 1, "usage", new Faults(fatal -> {}));
        loop = transport.loops().get(0);
    }

    @AfterAll
    static void close() {
        transport.close().awaitUninterruptibly();
    }

    private static Usage usage() {
        return new Usage(member(), transport.loops());
    }

    private static Member member() {
        Server.Key key = new Server.Key("s", Loopback.ADDRESS, 80, Server.Protocol.HTTP, BackendPlan.orHttp(null));
        return new Member(
                DocumentId.vServerGroup("shop", "web"),
                new Server(key, transport.loops(), null, new Failures(TimeSource.SYSTEM, () -> {})),
                "s");
    }

    private static <T> T onLoop(Callable<T> step) throws Exception {
        return loop.eventLoop().submit(step).get(20, TimeUnit.SECONDS);
    }

    @Test
    void aUsageWithAConnectionDoesNotRetire() throws Exception {
        Usage usage = usage();
        Connection runs = new Connection();
        assertThat(onLoop(() -> usage.begin(loop, runs))).isTrue();

        assertThat(usage.retire()).isFalse();

        assertThat(onLoop(() -> usage.begin(loop, new Connection()))).isTrue();
        assertThat(usage.active()).isEqualTo(2);
    }

    @Test
    void onARetiredUsageNothingBegins() throws Exception {
        Usage usage = usage();

        assertThat(usage.retire()).isTrue();

        assertThat(onLoop(() -> usage.begin(loop, new Connection()))).isFalse();
        assertThat(usage.active()).isZero();
    }

    @Test
    void whatBeginsWhileAUsageRetiresKeepsItOrIsTurnedAway() throws Exception {
        List<Usage> usages = Stream.generate(UsageTest::usage).limit(ROUNDS).toList();
        boolean[] begun = new boolean[ROUNDS];
        AtomicInteger atRound = new AtomicInteger(-1);
        AtomicInteger done = new AtomicInteger(-1);
        Future<?> beginning = loop.eventLoop().submit(() -> {
            for (int i = 0; i < ROUNDS; i++) {
                atRound.set(i);
                begun[i] = usages.get(i).begin(loop, new Connection());
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
            retired[i] = usages.get(i).retire();
            done.set(i);
        }
        beginning.get(20, TimeUnit.SECONDS);

        for (int i = 0; i < ROUNDS; i++) {
            assertThat(begun[i] && retired[i])
                    .as("round %d: begun on a retired usage", i)
                    .isFalse();
        }
    }

    @Test
    void aMemberIsThereAsLongAsAnyListenerRunsSomethingOverIt() throws Exception {
        Member member = member();
        Usage one = new Usage(member, transport.loops());
        Usage other = new Usage(member, transport.loops());
        Connection runs = new Connection();
        assertThat(onLoop(() -> one.begin(loop, runs))).isTrue();
        assertThat(member.load()).isEqualTo(1);

        assertThat(member.retire()).isFalse();
        onLoop(() -> {
            one.finish(loop, runs);
            return null;
        });
        assertThat(member.retire()).isTrue();

        assertThat(onLoop(() -> other.begin(loop, new Connection()))).isFalse();
        assertThat(other.active()).isZero();
        assertThat(member.load()).isZero();
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
