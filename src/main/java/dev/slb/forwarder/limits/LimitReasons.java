package dev.slb.forwarder.limits;

/** Why a limit, or the access control, turned a connection, request or datagram away: names of counters. */
public final class LimitReasons {

    /** The client's address is not among those that may connect. */
    public static final String ACCESS_DENIED = "AccessDenied";
    /** The listener's {@code maxConnections} are open. */
    public static final String LISTENER_CONNECTIONS = "ListenerConnectionLimit";
    /** The LoadBalancer's {@code capacity.maxConnections} are open. */
    public static final String CONNECTIONS = "ConnectionLimit";
    /** The LoadBalancer's {@code capacity.connectionsPerSecond} are used up. */
    public static final String CONNECTION_RATE = "ConnectionRateLimit";
    /** The LoadBalancer's {@code capacity.requestsPerSecond} are used up. */
    public static final String REQUEST_RATE = "RequestRateLimit";
    /** A datagram was beyond the bandwidth. */
    public static final String BANDWIDTH = "BandwidthLimit";
    /** The listener wants the PROXY protocol, and the peer is not one whose header is believed. */
    public static final String UNTRUSTED_PROXY = "UntrustedProxy";
    /** What a proxy has sent first is no header of the PROXY protocol. */
    public static final String INVALID_PROXY_HEADER = "InvalidProxyHeader";
    /** A proxy has not sent its header in time. */
    public static final String SLOW_PROXY_HEADER = "SlowProxyHeader";

    private LimitReasons() {}
}
