package dev.slb.cli;

import dev.slb.forwarder.accesslog.AccessLogOptions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.nio.file.Path;

/** Where lines of the access log go; which listeners have one, and in which form, their specs say. */
final class AccessLogSettings {

    private static final long BYTES_PER_MEBIBYTE = 1 << 20;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--access-log",
            paramLabel = "FILE",
            description =
                    "where lines of listeners with an access log go; default: standard output, of the playground nowhere")
    private Path file;

    @Option(
            names = "--access-log-mib",
            paramLabel = "N",
            defaultValue = "100",
            description = "the file is rotated at so many MiB; 0: never, another tool copies and truncates it;"
                    + " default: ${DEFAULT-VALUE}")
    private long mebibytes;

    @Option(
            names = "--access-log-keep",
            paramLabel = "N",
            defaultValue = "" + AccessLogOptions.DEFAULT_KEPT_FILES,
            description = "so many rotated files stay, FILE.1 the newest; default: ${DEFAULT-VALUE}")
    private int keep;

    /** Null when nothing is said of a file. */
    Path file() {
        return file;
    }

    AccessLogOptions options() {
        if (file == null) {
            return AccessLogOptions.standardOutput();
        }
        if (mebibytes < 0 || mebibytes > Long.MAX_VALUE / BYTES_PER_MEBIBYTE) {
            throw new ParameterException(
                    spec.commandLine(), "Invalid value for option '--access-log-mib': " + mebibytes);
        }
        try {
            return new AccessLogOptions(
                    file, mebibytes * BYTES_PER_MEBIBYTE, keep, AccessLogOptions.DEFAULT_BUFFER_BYTES);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "Invalid value for option '--access-log-keep': " + keep);
        }
    }
}
