package dev.slb.simulation;

/** Makes a scenario that fails as small as it gets while it still fails in the same way. */
final class Shrinker {

    private static final int MOST_RUNS = 3_000;

    private Shrinker() {}

    static Scenario shrink(Scenario failing) {
        String kind = Simulation.run(failing, false).kind();
        int[] runs = {0};
        Scenario[] best = {failing};
        boolean[] better = {true};
        while (better[0] && runs[0] < MOST_RUNS) {
            better[0] = false;
            Scenario before = best[0];
            before.simpler(candidate -> {
                if (better[0] || runs[0] >= MOST_RUNS) {
                    return;
                }
                runs[0]++;
                if (Simulation.run(candidate, false).kind().equals(kind)) {
                    best[0] = candidate;
                    better[0] = true;
                }
            });
        }
        return best[0];
    }
}
