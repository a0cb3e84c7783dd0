package dev.slb.forwarder.table;

/** Why a connection or request was not served: names of counters, and of the reason header on layer 7. */
public final class Reasons {

    /** The group has no servers. */
    public static final String NO_SERVERS = "NoServers";
    /** All servers of the group have weight 0. */
    public static final String ALL_WEIGHTS_ZERO = "AllWeightsZero";
    /** No server of the group that has a weight is healthy. */
    public static final String NO_HEALTHY_SERVER = "NoHealthyServer";
    /** No server of the group has a verdict yet, and none came in time. */
    public static final String NO_VERDICT = "NoVerdict";
    /** No attempt to reach a server succeeded. */
    public static final String CONNECT_FAILED = "ConnectFailed";
    /** The same, and there are others, which are left out for a while since traffic can't reach them. */
    public static final String SERVERS_PAUSED = "ServersPaused";
    /** The memory of all buffers is used up: those who take slowest what they get are ended, and who needs more. */
    public static final String BUFFER_MEMORY = "BufferMemory";
    /** The listener was withdrawn. */
    public static final String DRAINING = "Draining";

    /** Nothing was refused: a client's server was forgotten before its time, since too many clients are remembered. */
    public static final String PERSISTENCE_TABLE_FULL = "PersistenceTableFull";
    /** UDP: as many flows as there may be at once. */
    public static final String FLOW_LIMIT = "FlowLimit";
    /** UDP: no file descriptor or local port is left for a flow. */
    public static final String NO_SOCKET = "NoSocket";
    /** UDP: the socket did not take the datagram, since too much waits in it already. */
    public static final String SOCKET_FULL = "SocketFull";
    /** UDP: the datagram can't be sent: it is too large, or there is no way to the client. */
    public static final String NOT_SENT = "NotSent";

    private Reasons() {}
}
