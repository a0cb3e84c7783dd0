package dev.slb.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.slb.source.Documents.Document;
import dev.slb.source.ManifestFiles.Found;
import dev.slb.source.ManifestFiles.Listing;
import dev.slb.source.ObjectReader.Reading;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Loads the files again and again, and remembers what was good: an object whose new version is refused, or whose file
 * can not be read at the moment, stays as it was. Only what is plainly gone from the files goes; {@link SettledTexts} says
 * which version of a file counts.
 */
final class ManifestLoader {
    private static final int MOST_LISTINGS = 5;

    private final List<Path> roots;
    private final SettledTexts texts;
    private final ObjectReader reader = new ObjectReader();
    /** By root, those included that are gone and still count. */
    private final Map<Path, FoundBefore> found = new HashMap<>();

    private ManifestSet current = ManifestSet.EMPTY;

    /** @param identity of the root when these were found */
    private record FoundBefore(List<Found> found, Object identity) {}

    ManifestLoader(List<Path> roots) {
        this(roots, System::nanoTime);
    }

    /** @param nanoClock by which files settle */
    ManifestLoader(List<Path> roots, LongSupplier nanoClock) {
        this.roots = List.copyOf(roots);
        this.texts = new SettledTexts(nanoClock);
    }

    /** Where the files are now. */
    List<Listing> list() {
        return roots.stream().map(root -> ManifestFiles.list(root, texts)).toList();
    }

    /** How long until loading again may bring something else though no file changes; empty when it will not. */
    Optional<Duration> nextTurn() {
        return texts.nextTurn();
    }

    ManifestSet load(List<Listing> listings) {
        Pass pass = observe(listings);
        // Another version of a kustomization may name other files.
        for (int i = 0; texts.settle() && i < MOST_LISTINGS; i++) {
            pass = observe(list());
        }
        pass.load();
        current = new ManifestSet(pass.manifests, pass.problems());
        return current;
    }

    private Pass observe(List<Listing> listings) {
        Pass pass = new Pass();
        Set<Path> listed = new HashSet<>();
        for (Listing listing : listings) {
            listing.files().forEach(found -> listed.add(found.file()));
        }
        for (Listing listing : listings) {
            pass.observe(listing, listed);
        }
        return pass;
    }

    /** What one document says of an object. */
    private record Claim(Reading reading, Origin origin) {}

    /** One way through all files. */
    private final class Pass {
        final Map<ObjectKey, Manifest> manifests = new HashMap<>();
        private final List<Problem> problems = new ArrayList<>();
        private final List<Found> toLoad = new ArrayList<>();
        private final Set<Path> doubtfulFiles = new HashSet<>();
        private final Map<ObjectKey, List<Claim>> claims = new LinkedHashMap<>();

        void observe(Listing listing, Set<Path> listed) {
            problems.addAll(listing.problems());
            FoundBefore before = found.getOrDefault(listing.root(), new FoundBefore(List.of(), listing.identity()));
            boolean replaced = listing.complete()
                    && listing.files().isEmpty()
                    && !before.found().isEmpty()
                    && !Objects.equals(before.identity(), listing.identity());
            if (replaced) {
                problems.add(new Problem(
                        Origin.of(listing.root()),
                        "is another folder than before, without manifests, as when a file system is not mounted:"
                                + " what was there stays until it has some"));
            }
            listing.files().forEach(each -> observe(each.file()));
            List<Found> all = new ArrayList<>(listing.files());
            for (Found earlier : before.found()) {
                Path file = earlier.file();
                if (!listed.contains(file) && texts.knows(file)) {
                    if (listing.complete() && !replaced) {
                        texts.observe(file, null);
                    }
                    all.add(earlier);
                }
            }
            toLoad.addAll(all);
            found.put(
                    listing.root(),
                    new FoundBefore(List.copyOf(all), replaced ? before.identity() : listing.identity()));
        }

        private void observe(Path file) {
            try {
                ManifestFiles.observe(file, texts);
            } catch (IOException e) {
                doubt(Origin.of(file), "can not be read: " + e);
            }
        }

        void load() {
            toLoad.forEach(this::load);
            claims.forEach(this::take);
            for (Manifest before : current.manifests()) {
                if (doubtfulFiles.contains(before.origin().file())) {
                    ObjectKey key = ObjectKey.of(before.object());
                    if (!claims.containsKey(key)) {
                        manifests.put(key, before);
                    }
                }
            }
        }

        private void load(Found each) {
            Path file = each.file();
            if (texts.isEmptied(file)) {
                problems.add(new Problem(
                        Origin.of(file), "is empty: the objects that it had stay until it is removed or has others"));
            }
            for (Document document : Documents.read(texts.text(file).orElse(""))) {
                Origin origin = new Origin(file, document.number(), document.line());
                if (document.error() == null) {
                    load(document.value(), origin, each.namespace());
                } else {
                    doubt(origin, document.error());
                }
            }
        }

        private void load(JsonNode json, Origin origin, String namespace) {
            if (!(json instanceof ObjectNode object)) {
                doubt(origin, "is not an object with apiVersion, kind and metadata");
            } else if (Wholeness.isList(json)) {
                json.get("items").forEach(item -> load(item, origin, namespace));
            } else {
                claim(reader.read(object, namespace, current::manifest), origin);
            }
        }

        private void claim(Reading reading, Origin origin) {
            ObjectKey key = reading.key();
            reading.problems()
                    .forEach(problem -> problems.add(new Problem(origin, key, problem.field(), problem.message())));
            if (key == null) {
                doubtfulFiles.add(origin.file());
            } else {
                claims.computeIfAbsent(key, each -> new ArrayList<>()).add(new Claim(reading, origin));
            }
        }

        /** Of an object that is there several times the one counts that did so far, else the first. */
        private void take(ObjectKey key, List<Claim> all) {
            Optional<Manifest> before = current.manifest(key);
            Claim first = all.stream()
                    .filter(claim -> before.isPresent()
                            && claim.origin()
                                    .file()
                                    .equals(before.get().origin().file()))
                    .findFirst()
                    .orElse(all.get(0));
            if (first.reading().object() != null) {
                manifests.put(
                        key,
                        new Manifest(first.reading().object(), first.reading().json(), first.origin()));
            } else {
                before.ifPresent(manifest -> manifests.put(key, manifest));
            }
            for (Claim other : all) {
                if (other != first) {
                    problems.add(new Problem(
                            other.origin(), key, "", "is there twice: the one at " + first.origin() + " counts"));
                }
            }
        }

        private void doubt(Origin origin, String message) {
            doubtfulFiles.add(origin.file());
            problems.add(new Problem(origin, message));
        }

        /** In the order of the files. */
        List<Problem> problems() {
            Map<Path, Integer> order = new HashMap<>();
            toLoad.forEach(each -> order.putIfAbsent(each.file(), order.size()));
            problems.sort(Comparator.<Problem>comparingInt(
                            problem -> order.getOrDefault(problem.origin().file(), -1))
                    .thenComparingInt(problem -> problem.origin().document()));
            return problems;
        }
    }
}
