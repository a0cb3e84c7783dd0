package dev.slb.forwarder;

import dev.slb.distribution.BalanceWatch;
import dev.slb.forwarder.accesslog.AccessLogOptions;
import dev.slb.forwarder.tls.TlsProvider;
import dev.slb.forwarder.transport.TransportKind;

/**
 * How a forwarder runs.
 *
 * @param name of the instance, for its report: in a cluster the pod's name
 * @param bindAddress IP literal of every listening socket, null for all addresses
 * @param transport {@link TransportKind#AUTO} takes the best that works
 * @param tls {@link TlsProvider#AUTO} takes the best that works
 * @param eventLoops number of threads that move bytes, at least 1
 * @param balance how traffic is compared with the weights
 * @param accessLog where the lines of listeners with an access log go; null: nowhere
 * @param maxUdpFlows flows of all UDP listeners at once; 0: as many as file descriptors and local ports allow
 * @param firstChecksPerSecond how many servers an event loop checks for the first time in a second, at least 1; more wait, so that
 *     traffic has the loop as well at a start
 */
public record ForwarderOptions(
        String name,
        String bindAddress,
        TransportKind transport,
        TlsProvider tls,
        int eventLoops,
        BalanceWatch.Options balance,
        AccessLogOptions accessLog,
        int maxUdpFlows,
        int firstChecksPerSecond) {

    /** A first check takes some 50 µs of CPU, with TLS a millisecond. */
    private static final int FIRST_CHECKS_PER_SECOND = 500;

    public ForwarderOptions {
        if (firstChecksPerSecond < 1) {
            throw new IllegalArgumentException("firstChecksPerSecond: must be at least 1");
        }
        if (eventLoops < 1) {
            throw new IllegalArgumentException("eventLoops: must be at least 1");
        }
    }

    /** All addresses, the best transport, one event loop per processor, no access log. */
    public static ForwarderOptions named(String name) {
        return new ForwarderOptions(
                name,
                null,
                TransportKind.AUTO,
                TlsProvider.AUTO,
                Runtime.getRuntime().availableProcessors(),
                BalanceWatch.Options.defaults(),
                null,
                0,
                FIRST_CHECKS_PER_SECOND);
    }

    public ForwarderOptions bindTo(String address) {
        return new ForwarderOptions(
                name, address, transport, tls, eventLoops, balance, accessLog, maxUdpFlows, firstChecksPerSecond);
    }

    public ForwarderOptions withTransport(TransportKind kind) {
        return new ForwarderOptions(
                name, bindAddress, kind, tls, eventLoops, balance, accessLog, maxUdpFlows, firstChecksPerSecond);
    }

    public ForwarderOptions withTls(TlsProvider provider) {
        return new ForwarderOptions(
                name,
                bindAddress,
                transport,
                provider,
                eventLoops,
                balance,
                accessLog,
                maxUdpFlows,
                firstChecksPerSecond);
    }

    public ForwarderOptions withEventLoops(int count) {
        return new ForwarderOptions(
                name, bindAddress, transport, tls, count, balance, accessLog, maxUdpFlows, firstChecksPerSecond);
    }

    public ForwarderOptions withBalance(BalanceWatch.Options options) {
        return new ForwarderOptions(
                name, bindAddress, transport, tls, eventLoops, options, accessLog, maxUdpFlows, firstChecksPerSecond);
    }

    public ForwarderOptions withAccessLog(AccessLogOptions options) {
        return new ForwarderOptions(
                name, bindAddress, transport, tls, eventLoops, balance, options, maxUdpFlows, firstChecksPerSecond);
    }

    public ForwarderOptions withMaxUdpFlows(int count) {
        return new ForwarderOptions(
                name, bindAddress, transport, tls, eventLoops, balance, accessLog, count, firstChecksPerSecond);
    }

    public ForwarderOptions withFirstChecksPerSecond(int count) {
        return new ForwarderOptions(
                name, bindAddress, transport, tls, eventLoops, balance, accessLog, maxUdpFlows, count);
    }
}
