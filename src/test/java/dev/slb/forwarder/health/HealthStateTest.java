package dev.slb.forwarder.health;

import dev.slb.plan.Health;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class HealthStateTest {

    /** Thresholds 2 (healthy) and 3 (unhealthy); + is a success, - a failure; U, N, A the verdict after each. */
    @ParameterizedTest
    @CsvSource({
        "+, N",
        "--, UU",
        "---, UUA",
        "--+, UUN",
        "---+, UUAN", // the very first success admits, however late
        "+--+--, NNNNNN", // only failures in a row count
        "+---, NNNA",
        "+---+, NNNAA",
        "+---++, NNNAAN",
        "+---+-++, NNNAAAAN", // only successes in a row count
        "+---++--+---, NNNAANNNNNNA"
    })
    void verdictsFollowResults(String results, String verdicts) {
        HealthState state = new HealthState(2, 3);
        StringBuilder seen = new StringBuilder();

        for (char result : results.toCharArray()) {
            Health verdict = result == '+' ? state.success() : state.failure();
            seen.append(verdict == Health.UNAVAILABLE ? 'U' : verdict == Health.NORMAL ? 'N' : 'A');
        }

        assertThat(seen).hasToString(verdicts);
    }

    @Test
    void thereIsNoVerdictBeforeTheFirstCheck() {
        assertThat(new HealthState(2, 2).verdict()).isEqualTo(Health.UNAVAILABLE);
    }
}
