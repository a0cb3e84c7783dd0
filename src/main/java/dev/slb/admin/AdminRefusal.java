package dev.slb.admin;

/** Why an admin port ended a connection, or did not do what was asked. */
public enum AdminRefusal {
    /** One more came from the address, and this one had waited longest for a request. */
    SOURCE_LIMIT("SourceLimit"),
    /** One more came from somewhere, and this one had waited longest of the source with the most. */
    CONNECTION_LIMIT("ConnectionLimit"),
    /** No connection waited for a request, and neither did one of the reserve; or it asked there for more than a probe. */
    RESERVE_LIMIT("ReserveLimit"),
    /** No whole request in time. */
    HEAD_TIMEOUT("HeadTimeout"),
    /** The answer was not taken in time. */
    ANSWER_TIMEOUT("AnswerTimeout"),
    /** Too much was not taken, and this answer was the oldest. */
    UNREAD_LIMIT("UnreadLimit"),
    /** Too many polls. */
    POLL_LIMIT("PollLimit"),
    /** Not a request that this port understands. */
    BAD_REQUEST("BadRequest");

    private final String reason;

    AdminRefusal(String reason) {
        this.reason = reason;
    }

    /** As metrics have it. */
    public String reason() {
        return reason;
    }
}
