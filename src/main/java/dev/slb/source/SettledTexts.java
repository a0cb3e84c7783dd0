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
 * Which version of each file counts. Versions that are evidently whole count at once. As soon as one is in doubt, a file that is
 * gone included, all that wait come together, when no file has changed for {@link #SETTLE}: an edit of several files is never half
 * there, and what moves from file to file never in none of them. Until then the versions before count. A file with nothing but
 * blanks and comments never takes the place of one with objects: editors empty a file before they write it, and so does a full
 * disk.
 *
 * <p>Knows nothing of file systems, and time by its clock only. Not thread-safe.
 */
final class SettledTexts {

    /** Longer than the pauses of who is still writing. */
    static final Duration SETTLE = Duration.ofSeconds(3);

    /** Nobody who could count waits for others longer than that, and nobody makes others wait longer. */
    static final Duration PATIENCE = SETTLE.multipliedBy(10);

    private final LongSupplier nanoClock;
    private final Map<Path, Versions> files = new HashMap<>();
    /** What is there at the start has nothing to wait for. */
    private boolean starting = true;
    /** When {@link #settle} was called last. */
    private long settledAt;

    SettledTexts(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** What the latest version of a file is beside the one that counts. */
    private enum Latest {
        /** The same. */
        COUNTING,
        /** Evidently whole. */
        WHOLE,
        /** Perhaps only the beginning of one, or gone for a moment. */
        DOUBTFUL,
        /** Without any object, where there were some: never counts. */
        EMPTIED,
        /** Not to be read, as when only a part of a character is written: never counts. */
        UNREADABLE
    }

    /** Texts are null when the file is not there. */
    private static final class Versions {
        String counting;
        String text;
        Latest latest = Latest.COUNTING;
        /** When the latest was seen first. */
        long since;
        /** When it was seen first that another version than the counting one was there. */
        long waitingSince;

        void become(Latest next, String nextText, long now) {
            if (latest == Latest.COUNTING) {
                waitingSince = now;
            }
            since = now;
            latest = next;
            text = nextText;
        }

        void count() {
            counting = text;
            latest = Latest.COUNTING;
        }

        boolean isWaiting() {
            return latest != Latest.COUNTING;
        }
    }

    /**
     * Takes note of a file as it is now.
     *
     * @param text null when it is not there
     */
    void observe(Path file, String text) {
        if (text == null && !files.containsKey(file)) {
            return;
        }
        Versions versions = files.computeIfAbsent(file, each -> new Versions());
        if (versions.latest == Latest.UNREADABLE || !Objects.equals(versions.text, text)) {
            versions.become(compare(versions.counting, text), text, nanoClock.getAsLong());
            if (starting) {
                versions.count();
            }
        }
    }

    /** Takes note of a file that is there and can't be read now. */
    void observeUnreadable(Path file) {
        Versions versions = files.computeIfAbsent(file, each -> new Versions());
        if (versions.latest != Latest.UNREADABLE) {
            versions.become(Latest.UNREADABLE, null, nanoClock.getAsLong());
        }
    }

    private static Latest compare(String counting, String text) {
        if (Objects.equals(counting, text)) {
            return Latest.COUNTING;
        }
        if (text == null) {
            return Latest.DOUBTFUL;
        }
        if (Wholeness.isEvident(counting, text)) {
            return Latest.WHOLE;
        }
        boolean emptied = counting != null && Wholeness.isBlank(text) && !Wholeness.isBlank(counting);
        return emptied ? Latest.EMPTIED : Latest.DOUBTFUL;
    }

    /**
     * Lets count what may; to be called when all files were observed.
     *
     * @return whether another version of any file counts now
     */
    boolean settle() {
        starting = false;
        settledAt = nanoClock.getAsLong();
        files.values().removeIf(versions -> !versions.isWaiting() && versions.counting == null);
        List<Versions> edit = files.values().stream()
                .filter(versions -> isRipe(versions) || isFresh(versions))
                .toList();
        boolean whole = edit.stream().allMatch(versions -> versions.latest == Latest.WHOLE);
        boolean goesOn = edit.stream().anyMatch(this::isFresh) && edit.stream().noneMatch(this::isOutOfPatience);
        if (goesOn && !whole) {
            return false;
        }
        List<Versions> ripe = edit.stream().filter(this::isRipe).toList();
        ripe.forEach(Versions::count);
        return !ripe.isEmpty();
    }

    /** Whether it can count, but for others that may belong to it. */
    private boolean isRipe(Versions versions) {
        return versions.latest == Latest.WHOLE || (versions.latest == Latest.DOUBTFUL && hasSettled(versions));
    }

    /** Whether more of the edit that it belongs to may come. */
    private boolean isFresh(Versions versions) {
        return versions.isWaiting() && !hasSettled(versions) && !isOutOfPatience(versions);
    }

    private boolean hasSettled(Versions versions) {
        return settledAt - versions.since >= SETTLE.toNanos();
    }

    private boolean isOutOfPatience(Versions versions) {
        return settledAt - versions.waitingSince >= PATIENCE.toNanos();
    }

    /** The text that counts; empty when there is none. */
    Optional<String> text(Path file) {
        return Optional.ofNullable(files.get(file)).map(versions -> versions.counting);
    }

    /** Whether anything is known of a file: it has a text that counts, or one that may come to count. */
    boolean knows(Path file) {
        return files.containsKey(file);
    }

    /** Whether a file has been without objects for so long that people should be told that those it had are still there. */
    boolean isEmptied(Path file) {
        Versions versions = files.get(file);
        return versions != null && versions.latest == Latest.EMPTIED && hasSettled(versions);
    }

    /**
     * How long until {@link #settle} may have something to do though no file changes, zero when it may by now; empty when it has
     * not.
     */
    Optional<Duration> nextTurn() {
        long now = nanoClock.getAsLong();
        return files.values().stream()
                .filter(versions -> versions.isWaiting() && !hasSettled(versions))
                .map(versions -> Duration.ofNanos(Math.max(0, versions.since + SETTLE.toNanos() - now)))
                .min(Duration::compareTo);
    }
}
