package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.HttpEdge;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Loopback;
import dev.slb.testing.Processes;
import dev.slb.testing.Sockets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;

import static org.assertj.core.api.Assertions.assertThat;

/** All of h2spec, strict, against an HTTPS listener. Its program, for Linux on x86-64, is in a jar of the test class path. */
@EnabledOnOs(
        value = OS.LINUX,
        architectures = {"amd64", "x86_64"},
        disabledReason = "h2spec is there for Linux on x86-64 only")
@Processes
@Sockets
class H2specTest {

    private static final String ARCHIVE = "/h2spec/2.2.0/h2spec_linux_amd64.tar.gz";
    private static final int TESTS = 146;

    @TempDir
    Path folder;

    /** The archive has one file: a header of 512 bytes, with its length in octal at 124, and then its bytes. */
    private Path program() throws IOException {
        Path program = folder.resolve("h2spec");
        try (InputStream archive = H2specTest.class.getResourceAsStream(ARCHIVE);
                DataInputStream in = new DataInputStream(new GZIPInputStream(archive));
                OutputStream out = Files.newOutputStream(program)) {
            byte[] header = in.readNBytes(512);
            assertThat(new String(header, 0, 6, StandardCharsets.US_ASCII)).isEqualTo("h2spec");
            int length = Integer.parseInt(new String(header, 124, 11, StandardCharsets.US_ASCII).strip(), 8);
            out.write(in.readNBytes(length));
        }
        assertThat(program.toFile().setExecutable(true)).isTrue();
        return program;
    }

    @Test
    void passesWhole() throws Exception {
        Path program = program();
        Path output = folder.resolve("output");
        try (HttpEdge edge = HttpEdge.http2(TransportKind.AUTO)) {
            HttpServer server = edge.server(request -> HttpServer.ok("a body that is longer than some windows"));
            edge.forwardTo(server.port());
            Process h2spec = new ProcessBuilder(
                            program.toString(),
                            "--host",
                            Loopback.ADDRESS,
                            "--port",
                            String.valueOf(edge.port()),
                            "--tls",
                            "--insecure",
                            "--strict",
                            "--timeout",
                            "10")
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            boolean ended = h2spec.waitFor(120, TimeUnit.SECONDS);
            h2spec.destroyForcibly();
            String report = Files.readString(output);
            assertThat(ended).as(report).isTrue();
            assertThat(report).contains(TESTS + " tests, " + TESTS + " passed, 0 skipped, 0 failed");
            assertThat(h2spec.waitFor()).as(report).isZero();
        }
    }
}
