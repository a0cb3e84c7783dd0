package dev.slb.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.slb.testing.Sockets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** Some of all schedules in each build, and those that have shown a fault; {@code src/bench/simulate} runs as many as one likes. */
@Sockets
class SimulationTest {

    private static final int SEEDS = 2_000;
    private static final Path KEPT = Path.of("src/test/resources/simulation");

    private static final Logger LOG = (Logger) LoggerFactory.getLogger("dev.slb");
    private static final Logger NETTY = (Logger) LoggerFactory.getLogger("io.netty");
    private static Level before;
    private static Level nettyBefore;

    /** What peers do brings about lines of debugging, thousands of times. */
    @BeforeAll
    static void quiet() {
        before = LOG.getLevel();
        LOG.setLevel(Level.OFF);
        nettyBefore = NETTY.getLevel();
        NETTY.setLevel(Level.OFF);
    }

    @AfterAll
    static void asBefore() {
        LOG.setLevel(before);
        NETTY.setLevel(nettyBefore);
    }

    @Test
    void whateverTheScheduleAllHolds() throws InterruptedException {
        long failed = Simulate.search(0, SEEDS, 2, line -> {});

        assertThat(failed)
                .as("a seed that fails: src/bench/simulate --seed SEED")
                .isEqualTo(-1);
    }

    @Test
    void aSeedIsTheSameEveryTime() {
        for (long seed = 0; seed < 50; seed++) {
            Simulation.Result once = Simulation.run(Scenario.of(seed), true);
            Simulation.Result again = Simulation.run(Scenario.of(seed), true);

            assertThat(again.story()).as("seed %d", seed).isEqualTo(once.story());
            assertThat(again.steps()).as("seed %d", seed).isEqualTo(once.steps());
        }
    }

    static Stream<Path> kept() throws IOException {
        try (Stream<Path> files = Files.list(KEPT)) {
            return files.sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("kept")
    void whatHasShownAFaultShowsNoneNow(Path scenario) throws IOException {
        Simulation.Result result = Simulation.run(Scenario.read(Files.readString(scenario)), true);

        assertThat(result.violations()).as("%s", result.story()).isEmpty();
    }
}
