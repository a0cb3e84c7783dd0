package dev.slb.forwarder.persistence;

import dev.slb.forwarder.schedule.ConsistentHash;
import dev.slb.forwarder.schedule.Hashes;
import dev.slb.forwarder.schedule.PickContext;
import dev.slb.forwarder.schedule.Picker;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

class StickyChoiceTest {

    private static final long TIMEOUT_MILLIS = 1_000;

    private final List<String> returned = new ArrayList<>();
    private final AtomicInteger forgotten = new AtomicInteger();
    private final StickyMemory<String> memory = new StickyMemory<>(forgotten::incrementAndGet);
    private long now;

    /** A client by number, and whom it can't reach. */
    private record Client(long number, String unreachable) implements PickContext {

        Client(long number) {
            this(number, null);
        }

        @Override
        public boolean tried(Object candidate) {
            return candidate.equals(unreachable);
        }

        @Override
        public long sourceHash() {
            return Hashes.mix(number);
        }
    }

    private Picker<String> over(String... servers) {
        return new StickyChoice<>(
                hash(servers),
                Set.of(servers),
                PickContext::sourceHash,
                memory,
                returned::add,
                TIMEOUT_MILLIS,
                () -> now);
    }

    private static Picker<String> hash(String... servers) {
        List<String> list = List.of(servers);
        return ConsistentHash.of(
                list, Function.identity(), list.stream().map(each -> 1L).toList(), PickContext::sourceHash);
    }

    private void pass(long millis) {
        now += millis * 1_000_000;
    }

    /** A client that would change over to {@code c} if it came anew. */
    private Client mover() {
        return IntStream.range(0, 1_000)
                .mapToObj(Client::new)
                .filter(client -> hash("a", "b").pick(client).equals("a")
                        && hash("a", "b", "c").pick(client).equals("c"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void newClientsGetWhatTheHashSays() {
        for (int i = 0; i < 1_000; i++) {
            assertThat(over("a", "b", "c").pick(new Client(i)))
                    .isEqualTo(hash("a", "b", "c").pick(new Client(i)));
        }
    }

    @Test
    void aServerThatComesMovesNobodyWithinTheTime() {
        Client client = mover();
        assertThat(over("a", "b").pick(client)).isEqualTo("a");
        for (int i = 0; i < 5; i++) {
            pass(TIMEOUT_MILLIS - 1); // each time begins the time anew
            assertThat(over("a", "b", "c").pick(client)).isEqualTo("a");
        }

        pass(TIMEOUT_MILLIS);
        assertThat(over("a", "b", "c").pick(client)).isEqualTo("c");
        assertThat(returned).containsExactly("a", "a", "a", "a", "a");
    }

    @Test
    void whoseServerIsGoneGetsAnotherAndStaysThere() {
        Client client = mover();
        assertThat(over("a", "b", "c").pick(client)).isEqualTo("c");
        assertThat(over("a", "b").pick(client)).isEqualTo("a");
        assertThat(over("a", "b", "c").pick(client)).isEqualTo("a");
    }

    @Test
    void whoseServerCantBeReachedGetsAnotherAndStaysThere() {
        Client client = mover();
        assertThat(over("a", "b", "c").pick(client)).isEqualTo("c");
        assertThat(over("a", "b", "c").pick(new Client(client.number, "c"))).isEqualTo("a");
        assertThat(over("a", "b", "c").pick(client)).isEqualTo("a");
    }

    @Test
    void whatWasLearnedCounts() {
        Client client = mover();
        over("a", "b", "c").learn(client.sourceHash(), "b");

        assertThat(over("a", "b", "c").pick(client)).isEqualTo("b");
        assertThat(over("a", "c").pick(client)).isEqualTo("c");
    }

    @Test
    void aServerThatIsGoneForGoodIsForgotten() {
        Client client = mover();
        over("a", "b", "c").pick(client);
        memory.forget("c");

        assertThat(memory.find(client.sourceHash(), now, Long.MAX_VALUE)).isNull();
    }

    @Test
    void clientsBeyondTheCapacityAreForgottenTheLongestAwayFirst() {
        Picker<String> two = over("a", "b");
        int clients = 2 * StickyMemory.CAPACITY;
        for (int i = 0; i < clients; i++) {
            now += 1;
            two.pick(new Client(i));
        }

        assertThat(forgotten.get()).isBetween(clients - StickyMemory.CAPACITY, clients * 6 / 10);
        long late = IntStream.range(clients - 10_000, clients)
                .filter(i -> memory.find(new Client(i).sourceHash(), now, Long.MAX_VALUE) != null)
                .count();
        assertThat(late).isGreaterThan(9_990);
    }

    @Test
    void clientsWhoseTimeIsOverMakeRoomSilently() {
        Picker<String> two = over("a", "b");
        for (int i = 0; i < 3 * StickyMemory.CAPACITY; i++) {
            if (i % 10_000 == 0) {
                pass(TIMEOUT_MILLIS);
            }
            two.pick(new Client(i));
        }

        assertThat(forgotten.get()).isZero();
    }
}
