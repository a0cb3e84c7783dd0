package dev.slb.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs many seeds, on all cores, and tells the story of the first that fails, made as small as it gets; or that of one seed.
 *
 * <pre>
 * Simulate FROM COUNT      seeds FROM to FROM + COUNT - 1
 * Simulate --seed SEED     this one, with its whole story
 * Simulate --scenario FILE one that was written down
 * </pre>
 */
public final class Simulate {

    private Simulate() {}

    public static void main(String[] args) throws Exception {
        ((Logger) LoggerFactory.getLogger("dev.slb"))
                .setLevel(Level.toLevel(System.getProperty("simulate.log"), Level.OFF));
        if (args[0].equals("--seed")) {
            long seed = Long.parseLong(args[1]);
            Scenario scenario = Scenario.of(seed);
            tell(scenario, Simulation.run(scenario, true));
            return;
        }
        if (args[0].equals("--scenario")) {
            Scenario scenario = Scenario.read(Files.readString(Path.of(args[1])));
            tell(scenario, Simulation.run(scenario, true));
            return;
        }
        long from = Long.parseLong(args[0]);
        long count = Long.parseLong(args[1]);
        long failed = search(from, count, Runtime.getRuntime().availableProcessors());
        if (failed >= 0) {
            Scenario small = Shrinker.shrink(Scenario.of(failed));
            System.out.println("seed " + failed + " fails; made smaller:");
            tell(small, Simulation.run(small, true));
            System.out.println("\nas a scenario:\n" + small.write());
            System.exit(1);
        }
    }

    /** @return a seed that fails, -1 when there is none */
    static long search(long from, long count, int threads) throws InterruptedException {
        AtomicLong next = new AtomicLong(from);
        AtomicLong failed = new AtomicLong(-1);
        AtomicBoolean stop = new AtomicBoolean();
        long begun = System.nanoTime();
        List<Thread> all = new java.util.ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Thread thread = new Thread(() -> {
                for (long seed = next.getAndIncrement();
                        seed < from + count && !stop.get();
                        seed = next.getAndIncrement()) {
                    Simulation.Result result;
                    try {
                        result = Simulation.run(Scenario.of(seed), false);
                    } catch (RuntimeException | Error e) {
                        System.out.println("seed " + seed + " throws");
                        e.printStackTrace(System.out);
                        stop.set(true);
                        return;
                    }
                    if (!result.isGood()) {
                        failed.compareAndSet(-1, seed);
                        stop.set(true);
                        System.out.println("seed " + seed + ": " + result.violations());
                    }
                    if ((seed - from) % 10_000 == 9_999) {
                        System.out.printf(
                                "%d seeds, %.0f/s%n",
                                seed - from + 1, (seed - from + 1) / ((System.nanoTime() - begun) / 1e9));
                    }
                }
            });
            all.add(thread);
            thread.start();
        }
        for (Thread each : all) {
            each.join();
        }
        System.out.printf(
                "%d seeds in %.1f s%n", Math.min(count, next.get() - from), (System.nanoTime() - begun) / 1e9);
        return failed.get();
    }

    private static void tell(Scenario scenario, Simulation.Result result) {
        scenario.describe().forEach(System.out::println);
        System.out.println();
        result.story().forEach(System.out::println);
        System.out.println();
        System.out.println(result.isGood() ? "good, " + result.steps() + " steps" : "violated: " + result.violations());
    }
}
