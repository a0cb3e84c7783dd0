package dev.slb.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What has happened, a line each, for people; kept only when somebody is to read it. */
public final class Story {

    private static final int MOST_LINES = 5_000;

    private final boolean told;
    private final List<String> lines = new ArrayList<>();
    private Driver driver;

    /** @param told whether the lines are kept */
    public Story(boolean told) {
        this.told = told;
    }

    /** Whose time stands in front of each line. */
    void driver(Driver by) {
        driver = by;
    }

    /** Tells something. */
    public void say(Supplier<String> line) {
        if (told && lines.size() < MOST_LINES) {
            lines.add("%10.3f ms  %s".formatted(driver.nanoTime() / 1e6 - 1000, line.get()));
        }
    }

    /** What was told. */
    public List<String> lines() {
        return lines;
    }
}
