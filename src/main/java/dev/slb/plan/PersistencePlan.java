package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.util.List;

/**
 * Sends a client that comes back to the server that it had (classic SLB).
 *
 * @param timeoutMillis how long it is remembered; 0 for {@link Type#COOKIE_REWRITE}, whose lifetime is the server's business
 * @param cookieName {@link Type#COOKIE_REWRITE} only
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PersistencePlan(Type type, long timeoutMillis, String cookieName) {

    /** Name of the cookie that {@link Type#COOKIE_INSERT} sets. */
    public static final String INSERTED_COOKIE = "SERVERID";

    /** What a client is recognised by. */
    public enum Type {
        SOURCE_IP,
        COOKIE_INSERT,
        COOKIE_REWRITE
    }

    List<String> validate(ListenerProtocol protocol) {
        Problems problems = new Problems();
        problems.require(type != null, "type", "is missing");
        problems.require(
                (type == Type.SOURCE_IP) == (protocol != null && !protocol.isLayer7()),
                "type",
                "must be SOURCE_IP on layer 4 and a cookie on layer 7");
        problems.require(
                type == Type.COOKIE_REWRITE ? timeoutMillis == 0 : timeoutMillis > 0,
                "timeoutMillis",
                "must be positive, and 0 with COOKIE_REWRITE");
        problems.require(
                (type == Type.COOKIE_REWRITE) == (cookieName != null && !cookieName.isEmpty()),
                "cookieName",
                "is needed with COOKIE_REWRITE, and only there");
        return problems.list();
    }
}
