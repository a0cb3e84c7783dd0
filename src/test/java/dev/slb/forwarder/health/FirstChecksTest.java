package dev.slb.forwarder.health;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

class FirstChecksTest {

    /** Ten per second: one at once, the next 100 ms later. */
    private static final int PER_SECOND = 10;

    private final List<String> checked = new ArrayList<>();
    private long now = Long.MAX_VALUE - TimeUnit.MILLISECONDS.toNanos(250); // it wraps around
    private long wakeAt;
    private final FirstChecks checks = new FirstChecks(PER_SECOND, () -> now, nanos -> wakeAt = now + nanos);

    private FirstChecks.Candidate add(String name, int turn) {
        FirstChecks.Candidate candidate = new FirstChecks.Candidate() {
            @Override
            void firstCheck() {
                checked.add(name);
            }
        };
        checks.add(candidate, turn);
        return candidate;
    }

    private void wake() {
        now = wakeAt;
        checks.goOn();
    }

    private void pass(long millis) {
        now += TimeUnit.MILLISECONDS.toNanos(millis);
    }

    @Test
    void whoComesAloneIsCheckedAtOnce() {
        for (int i = 0; i < 5; i++) {
            add("s" + i, 7);
            assertThat(checked).hasSize(i + 1);
            pass(100);
        }
    }

    @Test
    void moreThanTheRateWait() {
        long start = now;
        for (int i = 0; i < 4; i++) {
            add("s" + i, i);
        }
        assertThat(checked).containsExactly("s0");
        for (int i = 1; i < 4; i++) {
            wake();
            assertThat(checked).hasSize(i + 1);
            assertThat(checks.waiting()).isEqualTo(3 - i);
            assertThat(now - start).isEqualTo(TimeUnit.MILLISECONDS.toNanos(100 * i));
        }
    }

    @Test
    void theServersOfASmallGroupDontWaitForThoseOfALargeOne() {
        for (int i = 0; i < 4; i++) {
            add("large" + i, i);
        }
        add("small0", 0);
        add("small1", 1);
        for (int i = 0; i < 5; i++) {
            wake();
        }
        assertThat(checked).containsExactly("large0", "small0", "large1", "small1", "large2", "large3");
    }

    @Test
    void whoHasLeftTakesNobodysTurn() {
        List<FirstChecks.Candidate> leaving = new ArrayList<>();
        add("first", 0);
        for (int i = 0; i < 5; i++) {
            leaving.add(add("leaves" + i, i));
        }
        add("last", 9);
        leaving.forEach(checks::remove);
        wake();
        assertThat(checked).containsExactly("first", "last");

        pass(100);
        add("later", 0);
        assertThat(checked).containsExactly("first", "last", "later");
    }

    @Test
    void howeverLongNothingCameABurstIsBounded() {
        pass(3_600_000);
        for (int i = 0; i < 10; i++) {
            add("s" + i, i);
        }
        assertThat(checked).containsExactly("s0");
    }
}
