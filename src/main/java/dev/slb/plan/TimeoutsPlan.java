package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.util.List;

/**
 * @param idleMillis layer 4: no byte in either direction; layer 7: client keep-alive without a request
 * @param connectMillis one attempt to reach a server
 * @param requestMillis layer 7: from the end of the request's head to the first byte of the answer, then 504
 * @param webSocketIdleMillis layer 7: no byte in either direction after an upgrade
 * @param responseIdleMillis layer 7: no byte of request or answer once the answer has begun; null: 300 s
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TimeoutsPlan(
        long idleMillis, long connectMillis, long requestMillis, long webSocketIdleMillis, Long responseIdleMillis) {

    private static final long USUAL_RESPONSE_IDLE_MILLIS = 300_000;

    public TimeoutsPlan {
        responseIdleMillis = responseIdleMillis == null || responseIdleMillis == USUAL_RESPONSE_IDLE_MILLIS
                ? null
                : responseIdleMillis;
    }

    /** {@link #responseIdleMillis}, what null means included. */
    public long responseIdle() {
        return responseIdleMillis == null ? USUAL_RESPONSE_IDLE_MILLIS : responseIdleMillis;
    }

    List<String> validate() {
        return new Problems()
                .require(idleMillis > 0, "idleMillis", "must be positive")
                .require(connectMillis > 0, "connectMillis", "must be positive")
                .require(requestMillis > 0, "requestMillis", "must be positive")
                .require(webSocketIdleMillis > 0, "webSocketIdleMillis", "must be positive")
                .require(responseIdle() > 0, "responseIdleMillis", "must be positive")
                .list();
    }
}
