package dev.slb.forwarder.l7.head;

/**
 * Every way in which a request ends with an answer of our own. The reason stands in the header {@code SLB-Reason} and
 * in the counters.
 */
public enum Refusal {
    // The client's fault: nothing of the request reaches a server, and the connection is closed.
    INVALID_LINE_END(400, "InvalidLineEnd"),
    OBSOLETE_FOLDING(400, "ObsoleteFolding"),
    INVALID_REQUEST_LINE(400, "InvalidRequestLine"),
    INVALID_METHOD(400, "InvalidMethod"),
    INVALID_TARGET(400, "InvalidTarget"),
    INVALID_HEADER_NAME(400, "InvalidHeaderName"),
    SPACE_BEFORE_COLON(400, "SpaceBeforeColon"),
    CONTROL_CHARACTER(400, "ControlCharacter"),
    MISSING_HOST(400, "MissingHost"),
    DUPLICATE_HOST(400, "DuplicateHost"),
    INVALID_HOST(400, "InvalidHost"),
    INVALID_CONTENT_LENGTH(400, "InvalidContentLength"),
    DUPLICATE_CONTENT_LENGTH(400, "DuplicateContentLength"),
    LENGTH_AND_TRANSFER_ENCODING(400, "LengthAndTransferEncoding"),
    INVALID_TRANSFER_ENCODING(400, "InvalidTransferEncoding"),
    INVALID_MAX_FORWARDS(400, "InvalidMaxForwards"),
    INVALID_CHUNK(400, "InvalidChunk"),
    SLOW_HEAD(408, "SlowHead"),
    SLOW_BODY(408, "SlowBody"),
    TARGET_TOO_LONG(414, "TargetTooLong"),
    HEAD_TOO_LARGE(431, "HeadTooLarge"),
    CONNECT_METHOD(501, "ConnectMethod"),
    METHOD_TOO_LONG(501, "MethodTooLong"),
    UNKNOWN_TRANSFER_CODING(501, "UnknownTransferCoding"),
    UNSUPPORTED_VERSION(505, "UnsupportedVersion"),

    // A head that is only wrong in an answer.
    INVALID_STATUS_LINE(502, "InvalidStatusLine"),

    /** TRACE may go no further, and is not answered: what a client sends may be no business of the script that asks. */
    MAX_FORWARDS(405, "MaxForwards"),

    /** {@link ConnectionLogin}, and a leg over which several requests go at once. */
    CONNECTION_LOGIN(403, "ConnectionLogin"),
    NO_ROUTE(404, "NoRoute"),

    // The servers' side.
    CONNECT_FAILED(502, "ConnectFailed"),
    SERVER_TLS_FAILED(502, "ServerTlsFailed"),
    INVALID_ANSWER(502, "InvalidAnswer"),
    /** More of them, or more bytes of them, than there may be before an answer. */
    TOO_MANY_INTERIM_ANSWERS(502, "TooManyInterimAnswers"),
    SERVER_CLOSED(502, "ServerClosed"),
    /** A fault of ours in the midst of it, see {@link dev.slb.forwarder.transport.Faults}. */
    INTERNAL_ERROR(502, "InternalError"),
    /** By HTTP/2: it has given the request up. Clients of HTTP/2 are told just that. */
    SERVER_CANCELLED(502, "ServerCancelled"),
    /** By HTTP/2, before it has begun with the request. */
    SERVER_REFUSED(503, "ServerRefused"),
    /** Those that may be tried have failed, and others are left out for a while, since traffic can't reach them. */
    SERVERS_PAUSED(503, "ServersPaused"),
    /** By HTTP/2: nothing comes from it, and it does not answer pings. */
    SERVER_SILENT(504, "ServerSilent"),
    CONNECT_TIMEOUT(504, "ConnectTimeout"),
    REQUEST_TIMEOUT(504, "RequestTimeout"),
    /** The answer has begun, and neither it nor the request goes on. */
    RESPONSE_IDLE(504, "ResponseIdle");

    private final int status;
    private final String reason;

    Refusal(int status, String reason) {
        this.status = status;
        this.reason = reason;
    }

    /** The status of the answer. */
    public int status() {
        return status;
    }

    /** What the header {@code SLB-Reason} and the counters say. */
    public String reason() {
        return reason;
    }
}
