package dev.slb.source;

import com.fasterxml.jackson.databind.JsonNode;
import dev.slb.source.Documents.Document;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Finds the files under some paths. A file is taken whatever its name; of a folder all files {@code *.yaml},
 * {@code *.yml} and {@code *.json}, and those of its folders; what begins with a dot is left out. A folder with a
 * {@code kustomization.yaml} stands for the {@code resources} that are listed there, and only those.
 */
final class ManifestFiles {
    private static final List<String> KUSTOMIZATIONS =
            List.of("kustomization.yaml", "kustomization.yml", "Kustomization");
    private static final List<String> ENDINGS = List.of(".yaml", ".yml", ".json");

    /** What a kustomization may say; everything else would change the objects and so must not be passed over. */
    private static final Set<String> KUSTOMIZATION_FIELDS =
            Set.of("apiVersion", "kind", "metadata", "resources", "namespace");

    private final SettledTexts texts;
    private final List<Found> files = new ArrayList<>();
    private final Set<Path> kustomizations = new LinkedHashSet<>();
    private final Set<Path> folders = new LinkedHashSet<>();
    private final List<Problem> problems = new ArrayList<>();
    private final Set<Found> seen = new HashSet<>();
    private boolean complete = true;

    private ManifestFiles(SettledTexts texts) {
        this.texts = texts;
    }

    /**
     * A file with objects.
     *
     * @param namespace that the kustomization gives to its objects, or null
     */
    record Found(Path file, String namespace) {}

    /**
     * What was found under one path.
     *
     * @param kustomizations those that were looked for, there or not
     * @param folders in which a change may change the objects
     * @param complete false when something could not be listed, so that more files may be there
     * @param identity of the root in its file system; another one is another folder of the same name. Null where there is none
     */
    record Listing(
            Path root,
            List<Found> files,
            Set<Path> kustomizations,
            Set<Path> folders,
            List<Problem> problems,
            boolean complete,
            Object identity) {

        /** Every file that this depends on. */
        Set<Path> sources() {
            Set<Path> sources = new LinkedHashSet<>(kustomizations);
            files.forEach(found -> sources.add(found.file()));
            return sources;
        }
    }

    /** @param texts for kustomizations, whose versions count as those of manifests do */
    static Listing list(Path root, SettledTexts texts) {
        ManifestFiles search = new ManifestFiles(texts);
        Object identity = identity(root);
        if (Files.exists(root)) {
            search.visit(root, null);
        } else {
            search.fail(root, "there is no such file or folder");
        }
        Path parent = root.toAbsolutePath().getParent();
        if (parent != null && !Files.isDirectory(root)) {
            search.folders.add(parent);
        }
        return new Listing(
                root,
                List.copyOf(search.files),
                Set.copyOf(search.kustomizations),
                Set.copyOf(search.folders),
                List.copyOf(search.problems),
                search.complete,
                identity);
    }

    private static Object identity(Path root) {
        try {
            return Files.readAttributes(root, BasicFileAttributes.class).fileKey();
        } catch (IOException e) {
            return null; // the search finds out, and says so
        }
    }

    private void visit(Path path, String namespace) {
        try {
            // The real path, so that what two ways lead to, or a circle of links, is taken once.
            if (!seen.add(new Found(path.toRealPath(), namespace))) {
                return;
            }
            if (Files.isDirectory(path)) {
                visitFolder(path, namespace);
            } else if (KUSTOMIZATIONS.contains(path.getFileName().toString())) {
                visitKustomization(path, kustomization(path).orElseThrow(() -> noSuch(path)), namespace);
            } else {
                files.add(new Found(path, namespace));
                folders.add(path.toRealPath().getParent());
            }
        } catch (NoSuchFileException e) {
            fail(path, "there is no such file or folder");
        } catch (IOException e) {
            fail(path, "can not be read: " + e.getMessage());
        }
    }

    private void visitFolder(Path folder, String namespace) throws IOException {
        folders.add(folder);
        for (String name : KUSTOMIZATIONS) {
            Path file = folder.resolve(name);
            Optional<String> kustomization = kustomization(file);
            if (kustomization.isPresent()) {
                visitKustomization(file, kustomization.get(), namespace);
                return;
            }
        }
        List<Path> children;
        try (Stream<Path> list = Files.list(folder)) {
            children = list.sorted().toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        for (Path child : children) {
            String name = child.getFileName().toString();
            if (!name.startsWith(".") && (Files.isDirectory(child) || isManifest(name))) {
                visit(child, namespace);
            }
        }
    }

    /** A kustomization that is among them does not count yet. */
    private static boolean isManifest(String name) {
        return ENDINGS.stream().anyMatch(name::endsWith) && !KUSTOMIZATIONS.contains(name);
    }

    /** The version that counts; empty when there is none. */
    private Optional<String> kustomization(Path file) throws IOException {
        kustomizations.add(file);
        if (Files.isDirectory(file)) {
            texts.observe(file, null);
        } else {
            observe(file, texts);
        }
        return texts.text(file);
    }

    /**
     * Takes note of a file as it is now, there or not.
     *
     * @throws IOException when it can't be read
     */
    static void observe(Path file, SettledTexts texts) throws IOException {
        try {
            texts.observe(file, Files.readString(file));
        } catch (NoSuchFileException e) {
            texts.observe(file, null);
        } catch (IOException e) {
            texts.observeUnreadable(file);
            throw e;
        }
    }

    private static NoSuchFileException noSuch(Path path) {
        return new NoSuchFileException(path.toString());
    }

    private void visitKustomization(Path file, String text, String outerNamespace) throws IOException {
        folders.add(file.toRealPath().getParent());
        List<Document> documents = Documents.read(text);
        if (documents.size() != 1 || documents.get(0).error() != null) {
            fail(
                    file,
                    documents.size() != 1
                            ? "is not one document"
                            : documents.get(0).error());
            return;
        }
        JsonNode kustomization = documents.get(0).value();
        kustomization.fieldNames().forEachRemaining(field -> {
            if (!KUSTOMIZATION_FIELDS.contains(field)) {
                problems.add(new Problem(
                        Origin.of(file),
                        null,
                        field,
                        "is not supported here: use the output of 'kubectl kustomize " + file.getParent() + "'"));
            }
        });
        String namespace = outerNamespace != null
                ? outerNamespace
                : kustomization.path("namespace").asText(null);
        for (JsonNode resource : kustomization.path("resources")) {
            Path path = file.resolveSibling(resource.asText()).normalize();
            if (Files.exists(path)) {
                visit(path, namespace);
            } else {
                fail(file, "resource " + resource.asText() + " is not a file or folder here");
            }
        }
    }

    private void fail(Path path, String message) {
        complete = false;
        problems.add(new Problem(Origin.of(path), message));
    }
}
