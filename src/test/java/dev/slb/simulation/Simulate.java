package dev.slb.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** The command behind {@code src/bench/simulate}: searches seeds for one that fails, and tells stories. */
public final class Simulate {

    private static final PrintStream OUT = System.out;
    private static final long SAY_EVERY = 10_000;

    private Simulate() {}

    /**
     * @param args how many seeds, and the first of them; or {@code --seed} and one whose story is to be told; or
     *     {@code --scenario} and a file with one
     */
    public static void main(String[] args) throws Exception {
        Level level = Level.toLevel(System.getProperty("simulate.log"), Level.OFF);
        ((Logger) LoggerFactory.getLogger("dev.slb")).setLevel(level);
        ((Logger) LoggerFactory.getLogger("io.netty")).setLevel(level);
        switch (args[0]) {
            case "--seed" -> tell(Scenario.of(Long.parseLong(args[1])));
            case "--scenario" -> tell(Scenario.read(Files.readString(Path.of(args[1]))));
            default -> {
                long from = args.length > 1 ? Long.parseLong(args[1]) : 0;
                long failed = search(
                        from, Long.parseLong(args[0]), Runtime.getRuntime().availableProcessors(), OUT::println);
                if (failed >= 0) {
                    OUT.println("seed " + failed + " fails; it is made smaller");
                    Scenario small = Shrinker.shrink(Scenario.of(failed));
                    tell(small);
                    OUT.println();
                    OUT.println("to be kept in src/test/resources/simulation:");
                    OUT.println(small.write());
                    System.exit(1);
                }
            }
        }
    }

    /**
     * Runs seeds until one fails.
     *
     * @param progress is told of it now and then
     * @return a seed that fails, -1 when there is none
     */
    static long search(long from, long count, int threads, Consumer<String> progress) throws InterruptedException {
        AtomicLong next = new AtomicLong(from);
        AtomicLong failed = new AtomicLong(-1);
        long begun = System.nanoTime();
        List<Thread> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            all.add(new Thread(() -> {
                for (long seed = next.getAndIncrement();
                        seed < from + count && failed.get() < 0;
                        seed = next.getAndIncrement()) {
                    if (!Simulation.run(Scenario.of(seed), false).isGood()) {
                        failed.compareAndSet(-1, seed);
                    }
                    if ((seed - from + 1) % SAY_EVERY == 0) {
                        progress.accept(rate(seed - from + 1, begun));
                    }
                }
            }));
        }
        all.forEach(Thread::start);
        for (Thread each : all) {
            each.join();
        }
        progress.accept(rate(Math.min(count, next.get() - from), begun));
        return failed.get();
    }

    private static String rate(long seeds, long begun) {
        return "%d seeds, %.0f a second".formatted(seeds, seeds / ((System.nanoTime() - begun) / 1e9));
    }

    private static void tell(Scenario scenario) {
        Simulation.Result result = Simulation.run(scenario, true);
        scenario.describe().forEach(OUT::println);
        OUT.println();
        result.story().forEach(OUT::println);
        OUT.println();
        OUT.println(result.isGood() ? "all holds" : "must not be: " + result.violations());
    }
}
