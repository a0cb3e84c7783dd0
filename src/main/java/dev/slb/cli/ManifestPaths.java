package dev.slb.cli;

import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.List;

/** The one option that says where manifests are. */
final class ManifestPaths {

    @Option(
            names = {"-f", "--file"},
            paramLabel = "PATH",
            required = true,
            arity = "1..*",
            description = "file or folder of manifests, may be given several times")
    private List<Path> paths;

    /** At least one file or folder. */
    List<Path> paths() {
        return paths;
    }
}
