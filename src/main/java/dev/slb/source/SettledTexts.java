package dev.slb.source;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Which version of each file counts. One that is evidently whole counts at once; anything else, a file that is gone included,
 * when nothing has changed for {@link #SETTLE}. Until then the version before it counts. Versions that wait for each other
 * come together, so that what moves from file to file is never in none of them. A file with nothing but blanks and comments
 * never takes the place of one with objects: editors empty a file before they write it, and so does a full disk.
 *
 * <p>Knows nothing of file systems, and time by its clock only. Not thread-safe.
 */
final class SettledTexts {

    /** Longer than the pauses of who is still writing. */
    static final Duration SETTLE = Duration.ofSeconds(3);

    /** A file that changes all the time makes others wait for so long. */
    static final Duration PATIENCE = SETTLE.multipliedBy(10);

    private final LongSupplier nanoClock;
    private final Map<Path, Versions> files = new HashMap<>();
    /** What is there at the start has nothing to wait for. */
    private boolean starting = true;

    SettledTexts(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** Texts are null when the file is not there. */
    private static final class Versions {
        String counting;
        String latest;
        /** When the latest was seen first. */
        long since;
        /** When it was seen first that another version than the counting one was there. */
        long waitingSince;

        /** Whether the latest is to count, and does not yet. */
        boolean waiting;
        /** Whether the latest is evidently whole. */
        boolean evident;

        boolean isEmptied() {
            return latest != null && counting != null && Wholeness.isBlank(latest) && !Wholeness.isBlank(counting);
        }

        void count() {
            counting = latest;
            waiting = false;
        }
    }

    /**
     * Takes note of a file as it is now.
     *
     * @param text null when it is not there
     */
    void observe(Path file, String text) {
        Versions versions = files.get(file);
        if (versions == null) {
            if (text == null) {
                return;
            }
            versions = new Versions();
            files.put(file, versions);
        } else if (Objects.equals(versions.latest, text)) {
            return;
        }
        long now = nanoClock.getAsLong();
        versions.latest = text;
        versions.since = now;
        if (starting || Objects.equals(text, versions.counting)) {
            versions.count();
            return;
        }
        if (!versions.waiting) {
            versions.waiting = true;
            versions.waitingSince = now;
        }
        versions.evident = text != null && Wholeness.isEvident(versions.counting, text);
    }

    /**
     * Lets count what may; to be called when all files were observed.
     *
     * @return whether another version of any file counts now
     */
    boolean settle() {
        starting = false;
        if (files.values().stream().anyMatch(this::holdsUp)) {
            return false;
        }
        List<Versions> ripe = files.values().stream()
                .filter(versions ->
                        versions.waiting && (versions.evident || (hasSettled(versions) && !versions.isEmptied())))
                .toList();
        ripe.forEach(Versions::count);
        files.values().removeIf(versions -> versions.counting == null && versions.latest == null);
        return !ripe.isEmpty();
    }

    private boolean hasSettled(Versions versions) {
        return nanoClock.getAsLong() - versions.since >= SETTLE.toNanos();
    }

    /** Whether it may still be being written: what waits elsewhere may belong to it. */
    private boolean holdsUp(Versions versions) {
        return versions.waiting
                && !versions.evident
                && !hasSettled(versions)
                && nanoClock.getAsLong() - versions.waitingSince < PATIENCE.toNanos();
    }

    /** The text that counts; empty when there is none. */
    Optional<String> text(Path file) {
        return Optional.ofNullable(files.get(file)).map(versions -> versions.counting);
    }

    /** Whether a file has been without objects for so long that people should be told that those it had are still there. */
    boolean isEmptied(Path file) {
        Versions versions = files.get(file);
        return versions != null && versions.waiting && hasSettled(versions) && versions.isEmptied();
    }

    /** How long until {@link #settle} may have something to do though no file changes; empty when it has not. */
    Optional<Duration> nextTurn() {
        long now = nanoClock.getAsLong();
        return files.values().stream()
                .filter(versions -> versions.waiting && !hasSettled(versions))
                .map(versions -> Duration.ofNanos(versions.since + SETTLE.toNanos() - now))
                .min(Duration::compareTo);
    }
}
