package dev.slb.source;

import dev.slb.base.Threads;
import dev.slb.source.ManifestFiles.Found;
import dev.slb.source.ManifestFiles.Listing;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Follows the files: reads them again when something changes, and hands on what differs. Changes are noticed by the file
 * system's notifications and, where those fail or say nothing (network mounts, links that point elsewhere), by looking at
 * times and sizes every few seconds.
 *
 * <p>A file that may be half written counts when it has not changed for a while ({@link SettledTexts}). What was good stays:
 * an object whose new version is refused, or whose file can not be read at the moment, remains as it was, and the set has a
 * problem that says so.
 */
public final class ManifestWatcher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ManifestWatcher.class);
    private static final Duration POLL = Duration.ofSeconds(3);

    /** Editors and kubelets change several files for one edit: this long nothing must happen. */
    private static final Duration QUIET = Duration.ofMillis(100);

    /** But under steady changes this long at most. */
    private static final int LONGEST_WAIT_IN_QUIETS = 10;

    private final ManifestLoader loader;
    private final Consumer<ManifestSet> listener;
    private final Duration poll;
    private final WatchService service;
    private final Map<Path, WatchKey> watched = new HashMap<>();
    private final Thread thread;
    private final CountDownLatch closed = new CountDownLatch(1);

    private ManifestSet current = ManifestSet.EMPTY;
    private Object lastSeen;
    /** A notification may be about a file that was read. */
    private boolean touched;
    /** What those files are called. */
    private Set<Path> names = Set.of();

    private ManifestWatcher(List<Path> paths, Consumer<ManifestSet> listener, Duration poll, LongSupplier nanoClock) {
        this.loader = new ManifestLoader(paths, nanoClock);
        this.listener = listener;
        this.poll = poll;
        this.service = notifications();
        this.thread = Threads.daemon("slb-manifests", this::run);
    }

    /**
     * Reads the files, and follows them until closed.
     *
     * @param listener gets the first set before this returns, and each further one on a thread of the watcher; never two at
     *     a time. An exception that it throws is logged
     */
    public static ManifestWatcher start(List<Path> paths, Consumer<ManifestSet> listener) {
        return start(paths, listener, POLL);
    }

    static ManifestWatcher start(List<Path> paths, Consumer<ManifestSet> listener, Duration poll) {
        return start(paths, listener, poll, System::nanoTime);
    }

    /** @param nanoClock by which files settle */
    static ManifestWatcher start(
            List<Path> paths, Consumer<ManifestSet> listener, Duration poll, LongSupplier nanoClock) {
        ManifestWatcher watcher = new ManifestWatcher(paths, listener, poll, nanoClock);
        watcher.load();
        listener.accept(watcher.current);
        watcher.thread.start();
        return watcher;
    }

    /** Null when the system has none to give, for example at its limit of inotify instances. */
    private static WatchService notifications() {
        try {
            return FileSystems.getDefault().newWatchService();
        } catch (IOException e) {
            LOG.warn("the system gives no notifications of changed files; looking at them every few seconds", e);
            return null;
        }
    }

    private void run() {
        try {
            while (closed.getCount() > 0) {
                follow();
            }
        } catch (ClosedWatchServiceException e) {
            LOG.debug("closed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void follow() throws InterruptedException {
        try {
            if (changed()) {
                ManifestSet before = current;
                load();
                if (!current.equals(before)) {
                    publish();
                }
            }
        } catch (ClosedWatchServiceException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.error("the manifests could not be looked at; what was good stays, and they are looked at again", e);
            closed.await(poll.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void publish() {
        try {
            listener.accept(current);
        } catch (RuntimeException e) {
            LOG.error("the change of the manifests could not be applied", e);
        }
    }

    /**
     * Waits for a notification, or looks when none came for a while. What happens to other files in the same folders, a log
     * that is written there perhaps, is no change.
     */
    private boolean changed() throws InterruptedException {
        Duration turn = loader.nextTurn().orElse(poll);
        // Rounded up, so that the turn is due by then.
        long wait = Math.min(turn.toMillis() + 1, poll.toMillis());
        if (service == null) {
            closed.await(wait, TimeUnit.MILLISECONDS);
        } else {
            WatchKey first = service.poll(wait, TimeUnit.MILLISECONDS);
            if (first != null) {
                look(first);
                settle();
            }
        }
        boolean ours = touched;
        touched = false;
        boolean differs = !fingerprint(loader.list()).equals(lastSeen);
        boolean due = loader.nextTurn().filter(Duration::isZero).isPresent();
        return ours || differs || due;
    }

    private void settle() throws InterruptedException {
        boolean more = true;
        for (int i = 0; more && i < LONGEST_WAIT_IN_QUIETS; i++) {
            closed.await(QUIET.toMillis(), TimeUnit.MILLISECONDS);
            more = false;
            for (WatchKey next = service.poll(); next != null; next = service.poll()) {
                look(next);
                more = true;
            }
        }
    }

    private void look(WatchKey key) {
        for (WatchEvent<?> event : key.pollEvents()) {
            touched |= event.kind() == StandardWatchEventKinds.OVERFLOW || names.contains(event.context());
        }
        if (!key.reset()) {
            watched.values().remove(key);
        }
    }

    private void load() {
        List<Listing> listings = loader.list();
        // Before reading: what changes from here on is a further change.
        watch(listings);
        lastSeen = fingerprint(listings);
        names = names(listings);
        current = loader.load(listings);
    }

    private void watch(List<Listing> listings) {
        Set<Path> folders = new HashSet<>();
        listings.forEach(listing -> folders.addAll(listing.folders()));
        watched.entrySet().removeIf(entry -> {
            boolean gone = !folders.contains(entry.getKey());
            if (gone) {
                entry.getValue().cancel();
            }
            return gone;
        });
        for (Path folder : folders) {
            try {
                if (service != null && !watched.containsKey(folder)) {
                    watched.put(
                            folder,
                            folder.register(
                                    service,
                                    StandardWatchEventKinds.ENTRY_CREATE,
                                    StandardWatchEventKinds.ENTRY_MODIFY,
                                    StandardWatchEventKinds.ENTRY_DELETE));
                }
            } catch (IOException e) {
                LOG.debug("{} can not be watched and is looked at every {}", folder, poll, e);
            }
        }
    }

    private static Set<Path> names(List<Listing> listings) {
        Set<Path> names = new HashSet<>();
        for (Listing listing : listings) {
            listing.sources().forEach(file -> names.add(file.getFileName()));
        }
        return names;
    }

    /** Differs when a file has come, gone, or changed. */
    private static Object fingerprint(List<Listing> listings) {
        Set<Found> found = new HashSet<>();
        Map<Path, List<Object>> sources = new HashMap<>();
        Set<Problem> problems = new HashSet<>();
        for (Listing listing : listings) {
            problems.addAll(listing.problems());
            found.addAll(listing.files());
            listing.sources().forEach(file -> sources.put(file, fingerprint(file)));
        }
        return List.of(found, sources, problems);
    }

    private static List<Object> fingerprint(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return List.of(attributes.lastModifiedTime(), attributes.size(), file.toRealPath());
        } catch (IOException e) {
            return List.of(e.getClass());
        }
    }

    /** Stops following. When this returns, the listener gets nothing more. */
    @Override
    public void close() {
        closed.countDown();
        try {
            if (service != null) {
                service.close();
            }
            if (Thread.currentThread() != thread) {
                thread.join();
            }
        } catch (IOException e) {
            LOG.warn("the watch on the manifests could not be closed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
