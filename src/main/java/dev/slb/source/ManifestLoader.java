package dev.slb.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.slb.source.Documents.Document;
import dev.slb.source.ManifestFiles.Found;
import dev.slb.source.ManifestFiles.Listing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Loads the files again and again, and remembers what was good: an object whose new version is refused, or whose file
 * can not be read at the moment, stays as it was. Only what is plainly gone from the files goes.
 */
final class ManifestLoader {
    private final List<Path> roots;
    private final ObjectReader reader = new ObjectReader();
    private ManifestSet current = ManifestSet.EMPTY;

    ManifestLoader(List<Path> roots) {
        this.roots = List.copyOf(roots);
    }

    /** Where the files are now. */
    List<Listing> list() {
        return roots.stream().map(ManifestFiles::list).toList();
    }

    ManifestSet load(List<Listing> listings) {
        Pass pass = new Pass();
        for (Listing listing : listings) {
            pass.problems.addAll(listing.problems());
            if (!listing.complete()) {
                pass.doubtfulRoots.add(listing.root());
            }
            listing.files().forEach(found -> pass.load(found, listing.root()));
        }
        pass.keepWhatIsInDoubt();
        current = new ManifestSet(pass.manifests, pass.problems);
        return current;
    }

    /** One way through all files. */
    private final class Pass {
        final Map<ObjectKey, Manifest> manifests = new HashMap<>();
        final List<Problem> problems = new ArrayList<>();
        final Set<Path> doubtfulRoots = new HashSet<>();
        private final Set<Path> doubtfulFiles = new HashSet<>();
        private final Map<ObjectKey, Origin> places = new HashMap<>();

        void load(Found found, Path root) {
            Path file = found.file();
            try {
                String text = Files.readString(file);
                if (text.isEmpty() && hadObjects(file)) {
                    // Editors empty a file before they write it. Who wants its objects gone removes the file.
                    doubt(Origin.of(file), "is empty: the objects that it had stay until it is removed or has others");
                }
                for (Document document : Documents.read(text)) {
                    Origin origin = new Origin(file, document.number(), document.line());
                    if (document.error() == null) {
                        load(document.value(), origin, found.namespace(), root);
                    } else {
                        doubt(origin, document.error());
                    }
                }
            } catch (IOException e) {
                doubt(Origin.of(file), "can not be read: " + e);
            }
        }

        private void load(JsonNode json, Origin origin, String namespace, Path root) {
            if (!(json instanceof ObjectNode object)) {
                doubt(origin, "is not an object with apiVersion, kind and metadata");
            } else if (json.path("kind").asText().endsWith("List")
                    && json.path("items").isArray()) {
                json.get("items").forEach(item -> load(item, origin, namespace, root));
            } else {
                take(reader.read(object, namespace, current::manifest), origin, root);
            }
        }

        private void take(ObjectReader.Reading reading, Origin origin, Path root) {
            ObjectKey key = reading.key();
            reading.problems()
                    .forEach(problem -> problems.add(new Problem(origin, key, problem.field(), problem.message())));
            if (key == null) {
                doubtfulFiles.add(origin.file());
                return;
            }
            Origin first = places.putIfAbsent(key, origin);
            if (first != null) {
                problems.add(new Problem(origin, key, "", "is there twice: the one at " + first + " counts"));
            } else if (reading.object() != null) {
                manifests.put(key, new Manifest(reading.object(), reading.json(), origin, root));
            } else {
                current.manifest(key).ifPresent(before -> manifests.put(key, before));
            }
        }

        private void doubt(Origin origin, String message) {
            doubtfulFiles.add(origin.file());
            problems.add(new Problem(origin, message));
        }

        private boolean hadObjects(Path file) {
            return current.manifests().stream()
                    .anyMatch(manifest -> manifest.origin().file().equals(file));
        }

        void keepWhatIsInDoubt() {
            for (Manifest before : current.manifests()) {
                if (doubtfulRoots.contains(before.root())
                        || doubtfulFiles.contains(before.origin().file())) {
                    ObjectKey key = ObjectKey.of(before.object());
                    if (!places.containsKey(key)) {
                        manifests.put(key, before);
                    }
                }
            }
        }
    }
}
