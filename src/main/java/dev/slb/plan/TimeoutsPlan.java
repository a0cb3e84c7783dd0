package dev.slb.plan;

import java.util.List;

/**
 * @param idleMillis layer 4: no byte in either direction; layer 7: client keep-alive without a request
 * @param connectMillis one attempt to reach a server
 * @param requestMillis layer 7: from the end of the request's head to the first byte of the answer, then 504
 * @param webSocketIdleMillis layer 7: no byte in either direction after an upgrade
 */
public record TimeoutsPlan(long idleMillis, long connectMillis, long requestMillis, long webSocketIdleMillis) {

    List<String> validate() {
        return new Problems()
                .require(idleMillis > 0, "idleMillis", "must be positive")
                .require(connectMillis > 0, "connectMillis", "must be positive")
                .require(requestMillis > 0, "requestMillis", "must be positive")
                .require(webSocketIdleMillis > 0, "webSocketIdleMillis", "must be positive")
                .list();
    }
}
