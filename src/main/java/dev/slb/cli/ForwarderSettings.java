package dev.slb.cli;

import dev.slb.forwarder.ForwarderOptions;
import dev.slb.forwarder.tls.TlsProvider;
import dev.slb.forwarder.transport.TransportKind;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What every command asks that runs a forwarder for real use. */
final class ForwarderSettings {

    @Option(
            names = "--transport",
            paramLabel = "KIND",
            defaultValue = "AUTO",
            description =
                    "AUTO, IO_URING, EPOLL or NIO; AUTO takes the first that works here; default: ${DEFAULT-VALUE}")
    private TransportKind transport;

    @Option(
            names = "--tls",
            paramLabel = "PROVIDER",
            defaultValue = "AUTO",
            description =
                    "AUTO, OPENSSL (BoringSSL) or JDK; AUTO takes the first that works here; default: ${DEFAULT-VALUE}")
    private TlsProvider tls;

    @Option(
            names = "--event-loops",
            paramLabel = "N",
            description = "threads that move bytes; default: one per processor")
    private Integer eventLoops;

    @Option(
            names = "--first-checks-per-second",
            paramLabel = "N",
            description = "servers that each event loop checks for the first time in a second; more wait; default: 500")
    private Integer firstChecks;

    @Mixin
    private AccessLogSettings accessLog;

    ForwarderOptions options(String name, BindAddress bind) {
        ForwarderOptions options = ForwarderOptions.named(name)
                .bindTo(bind.literal())
                .withTransport(transport)
                .withTls(tls)
                .withAccessLog(accessLog.options());
        if (firstChecks != null) {
            options = options.withFirstChecksPerSecond(firstChecks);
        }
        return eventLoops == null ? options : options.withEventLoops(eventLoops);
    }
}
