package dev.slb.fuzz;

import dev.slb.forwarder.l7.http2.FieldsFuzz;
import dev.slb.forwarder.proxy.ProxyHeaderFuzz;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/** The targets of the fuzzer, with the inputs that are kept in {@code resources/fuzz}, and others near them. */
class FuzzTest {

    private static final long SEED = 4711;
    private static final int NEAR = 50;

    interface Target {
        void fuzzerTestOneInput(byte[] input) throws Exception;
    }

    static Stream<Arguments> targets() {
        return Stream.of(
                arguments(RequestFuzz.class, (Target) RequestFuzz::fuzzerTestOneInput),
                arguments(AnswerFuzz.class, (Target) AnswerFuzz::fuzzerTestOneInput),
                arguments(FieldsFuzz.class, (Target) FieldsFuzz::fuzzerTestOneInput),
                arguments(ProxyHeaderFuzz.class, (Target) ProxyHeaderFuzz::fuzzerTestOneInput));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("targets")
    void whatIsKeptHoldsAndWhatIsNearIt(Class<?> name, Target target) throws Exception {
        SplittableRandom random = new SplittableRandom(SEED);
        int kept = 0;
        for (Path file : kept(name)) {
            kept++;
            byte[] input = Files.readAllBytes(file);
            run(target, input, file.getFileName() + " as it is");
            for (int i = 0; i < NEAR; i++) {
                run(target, near(input, random), file.getFileName() + ", seed " + SEED + ", change " + i);
            }
        }
        assertThat(kept).isPositive();
    }

    private static Iterable<Path> kept(Class<?> target) throws IOException, URISyntaxException {
        Path folder = Path.of(
                FuzzTest.class.getResource("/fuzz/" + target.getSimpleName()).toURI());
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private static void run(Target target, byte[] input, String what) {
        try {
            target.fuzzerTestOneInput(input);
        } catch (Exception | AssertionError e) {
            throw new AssertionError(what, e);
        }
    }

    /** The same with other cuts, and with some bytes changed, left out or repeated. */
    private static byte[] near(byte[] input, SplittableRandom random) {
        byte[] near = input.clone();
        near[1] = (byte) random.nextInt(256);
        for (int changes = random.nextInt(4); changes > 0; changes--) {
            int at = random.nextInt(2, near.length);
            switch (random.nextInt(3)) {
                case 0 -> near[at] = (byte) random.nextInt(256);
                case 1 -> near[at] = near[random.nextInt(2, near.length)];
                default -> {
                    int from = random.nextInt(2, near.length);
                    System.arraycopy(
                            near, Math.min(from, at), near, Math.max(from, at), near.length - Math.max(from, at));
                }
            }
        }
        return near;
    }
}
