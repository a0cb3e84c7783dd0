package dev.slb.forwarder.l7;

import dev.slb.forwarder.schedule.PickContext;
import dev.slb.forwarder.schedule.Picker;
import dev.slb.forwarder.table.Member;
import dev.slb.forwarder.table.Selection;
import dev.slb.forwarder.table.TargetRuntime;
import dev.slb.plan.BackendPlan;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Loopback;
import dev.slb.testing.Opened;
import dev.slb.testing.Sockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a new scheduler needs: a {@link Picker}, and nothing else of the data plane. For users it would be a constant of
 * {@code SchedulerType} as well, and a line in {@code serve.Schedulers}.
 */
@Sockets
class NewSchedulerTest {

    /** Of two that chance names, the one with less to do. Weights don't count. */
    private static final class TwoChoices implements Picker<Member> {

        private final List<Member> members;
        private final Random random = new Random(8);

        TwoChoices(List<Member> members) {
            this.members = members;
        }

        @Override
        public Member pick(PickContext context) {
            List<Member> left =
                    members.stream().filter(member -> !context.tried(member)).toList();
            if (left.isEmpty()) {
                return null;
            }
            Member one = left.get(random.nextInt(left.size()));
            Member other = left.get(random.nextInt(left.size()));
            return other.load() < one.load() ? other : one;
        }
    }

    private final Opened opened = new Opened();
    private final BareListener listener = new BareListener();
    private final CountDownLatch end = new CountDownLatch(1);

    @AfterEach
    void stop() throws Exception {
        end.countDown();
        opened.close();
        listener.close();
    }

    private Member server(AtomicInteger asked, boolean busy) {
        HttpServer server = opened.add(HttpServer.start(request -> {
            asked.incrementAndGet();
            if (busy) {
                await(() -> end.getCount() == 0);
            }
            return HttpServer.ok("well");
        }));
        return listener.member(server.port(), BackendPlan.HTTP);
    }

    private HttpClientSocket ask() throws Exception {
        return opened.add(HttpClientSocket.connect(listener.port())).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    }

    @Test
    void aBusyServerGetsLessAndADeadOneNothing() throws Exception {
        AtomicInteger busy = new AtomicInteger();
        AtomicInteger idle = new AtomicInteger();
        Member dead = listener.member(Loopback.freePort(), BackendPlan.HTTP);
        TargetRuntime target = listener.target();
        target.select(Selection.of(new TwoChoices(List.of(server(busy, true), server(idle, false), dead))));
        listener.listen(false, "/", target, target);

        for (int asked = 0; busy.get() == 0; asked++) {
            assertThat(asked).isLessThan(100);
            int before = busy.get() + idle.get();
            ask();
            await(() -> busy.get() + idle.get() > before);
        }
        int before = idle.get();
        for (int i = 0; i < 40; i++) {
            int now = busy.get() + idle.get();
            ask();
            await(() -> busy.get() + idle.get() > now);
        }

        // Each was answered by, or waits at, a server that is there. The busy one is met when chance names it twice,
        // or it and the dead one.
        assertThat(idle.get() - before).isBetween(20, 38);
        assertThat(busy.get()).isLessThan(20);
    }
}
