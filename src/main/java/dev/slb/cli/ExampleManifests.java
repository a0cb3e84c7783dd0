package dev.slb.cli;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Where the manifests of the quickstart are: in the source tree, or else a copy of those in the program. */
final class ExampleManifests {

    private static final String HOME_PROPERTY = "slb.home";
    private static final String RESOURCE = "/quickstart";

    private ExampleManifests() {}

    /** @throws IOException when the copy can't be written */
    static Path quickstart() throws IOException {
        String home = System.getProperty(HOME_PROPERTY);
        if (home != null) {
            Path folder = Path.of(home, "deploy", "examples", "quickstart");
            if (Files.isDirectory(folder)) {
                Path here = Path.of("").toAbsolutePath();
                return folder.startsWith(here) ? here.relativize(folder) : folder;
            }
        }
        return unpack();
    }

    private static Path unpack() throws IOException {
        URL resource = ExampleManifests.class.getResource(RESOURCE);
        if (resource == null) {
            throw new IOException("the program was built without its example manifests");
        }
        Path copy = Files.createTempDirectory("slb-quickstart");
        URI uri;
        try {
            uri = resource.toURI();
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
        if (uri.getScheme().equals("file")) {
            copy(Path.of(uri), copy);
        } else {
            try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
                copy(jar.getPath(RESOURCE), copy);
            }
        }
        return copy;
    }

    private static void copy(Path from, Path to) throws IOException {
        List<Path> files;
        try (Stream<Path> list = Files.list(from)) {
            files = list.toList();
        }
        for (Path file : files) {
            Files.copy(file, to.resolve(file.getFileName().toString()));
        }
    }
}
