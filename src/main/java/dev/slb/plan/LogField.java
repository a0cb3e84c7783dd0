package dev.slb.plan;

import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The fields of the access log: SLB's, in the order in which JSON lines have them. */
public enum LogField {
    /** When the line was written, ISO 8601 in UTC with milliseconds. */
    TIME(Type.TEXT),
    /** The LoadBalancer, {@code namespace/name}. */
    SLBID(Type.TEXT),
    /** The local address that the client connected to. */
    VIP_ADDR(Type.TEXT),
    /** The listener's port as people see it. */
    SLB_VPORT(Type.NUMBER),
    /** The peer; with the PROXY protocol the one that it names. */
    CLIENT_IP(Type.TEXT),
    CLIENT_PORT(Type.NUMBER),
    /** {@code http} or {@code https}; layer 4: {@code tcp} or {@code udp}. */
    SCHEME(Type.TEXT),
    REQUEST_METHOD(Type.TEXT),
    /** The host of the request line, else of the Host header, else the server's address. */
    HOST(Type.TEXT),
    REQUEST_URI(Type.TEXT),
    /** {@code HTTP/1.1} and the like. */
    SERVER_PROTOCOL(Type.TEXT),
    HTTP_HOST(Type.TEXT),
    HTTP_REFERER(Type.TEXT),
    HTTP_USER_AGENT(Type.TEXT),
    HTTP_X_FORWARDED_FOR(Type.TEXT),
    /** The real client: the address that trusted proxies forward for, else the peer's. */
    HTTP_X_REAL_IP(Type.TEXT),
    SSL_PROTOCOL(Type.TEXT),
    SSL_CIPHER(Type.TEXT),
    /** Request line, headers and body in bytes; layer 4: all bytes from the client. */
    REQUEST_LENGTH(Type.NUMBER),
    /** The status sent to the client. */
    STATUS(Type.NUMBER),
    /** Response body in bytes; layer 4: all bytes to the client. */
    BODY_BYTES_SENT(Type.NUMBER),
    /** From the first byte of the request to its last. */
    READ_REQUEST_TIME(Type.MILLISECONDS),
    /** From the first byte of the request to the last of the response; layer 4: the life of the connection. */
    REQUEST_TIME(Type.SECONDS),
    /** From the first byte of the response to its last. */
    WRITE_RESPONSE_TIME(Type.MILLISECONDS),
    /** {@code address:port} of the server; with retries all that were tried, separated by a comma and a space. */
    UPSTREAM_ADDR(Type.TEXT),
    /** The server's status, one per entry of {@link #UPSTREAM_ADDR}, {@code -} where none came. */
    UPSTREAM_STATUS(Type.TEXT),
    /** From the connection to the server to its last byte in seconds, one per entry of {@link #UPSTREAM_ADDR}. */
    UPSTREAM_RESPONSE_TIME(Type.TEXT),
    /** Round-trip time to the client as the kernel sees it, in microseconds. */
    TCPINFO_RTT(Type.NUMBER),
    /** Why there was no answer of a server, or how it ended when not as it should. */
    SLB_REASON(Type.TEXT);

    /** How a value is given and written. Durations are given in nanoseconds; seconds are written with three decimals. */
    public enum Type {
        TEXT,
        NUMBER,
        MILLISECONDS,
        SECONDS
    }

    private static final Map<String, LogField> BY_VARIABLE =
            Stream.of(values()).collect(Collectors.toUnmodifiableMap(LogField::variable, Function.identity()));

    private final Type type;
    private final String variable = name().toLowerCase(Locale.ROOT);

    LogField(Type type) {
        this.type = type;
    }

    public Type type() {
        return type;
    }

    /** Its name in JSON, and after the {@code $} of a format string. */
    public String variable() {
        return variable;
    }

    /** Null when there is no such field. */
    static LogField ofVariable(String variable) {
        return BY_VARIABLE.get(variable);
    }
}
