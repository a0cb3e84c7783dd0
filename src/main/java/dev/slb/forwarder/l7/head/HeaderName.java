package dev.slb.forwarder.l7.head;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The few header fields that a forwarder itself reads, sets or removes. All others are {@link #OTHER} and pass as they are. */
public enum HeaderName {
    HOST,
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    CONNECTION,
    KEEP_ALIVE,
    PROXY_CONNECTION,
    TE,
    UPGRADE,
    HTTP2_SETTINGS,
    EXPECT,
    FORWARDED,
    X_FORWARDED_FOR,
    X_FORWARDED_PROTO,
    X_FORWARDED_PORT,
    X_FORWARDED_CLIENT_SRCPORT,
    MAX_FORWARDS,
    IF_NONE_MATCH,
    DATE,
    /** Programs behind a server would take it for the address of a proxy that they are to use: it becomes {@code HTTP_PROXY}. */
    PROXY,
    COOKIE,
    SET_COOKIE,
    AUTHORIZATION,
    PROXY_AUTHORIZATION,
    WWW_AUTHENTICATE,
    PROXY_AUTHENTICATE,
    /** Any {@code X-Forwarded-ClientCert*}: what a client says of its own certificate is worth nothing. */
    X_FORWARDED_CLIENTCERT,
    /** Any other {@code X-Forwarded-*}. */
    X_FORWARDED_OTHER,
    /** Any {@code SLB-*}: what we tell servers, and nobody else does. */
    SLB,
    /**
     * One of the above with an underscore for a hyphen. Servers that turn header names into variables (CGI, WSGI)
     * would take it for the real one.
     */
    LOOKALIKE,
    /** Named by {@code Connection}, so meant for us alone. */
    NAMED_BY_CONNECTION,
    OTHER;

    private static final byte[] X_FORWARDED = "x-forwarded-".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SLB_PREFIX = "slb-".getBytes(StandardCharsets.US_ASCII);
    private static final HeaderName[][] BY_LENGTH = byLength();

    private final byte[] lowerCase =
            name().toLowerCase(Locale.ROOT).replace('_', '-').getBytes(StandardCharsets.US_ASCII);

    private static HeaderName[][] byLength() {
        List<List<HeaderName>> lists = new ArrayList<>();
        for (HeaderName each : values()) {
            if (each.ordinal() >= X_FORWARDED_CLIENTCERT.ordinal()) {
                break;
            }
            while (lists.size() <= each.lowerCase.length) {
                lists.add(new ArrayList<>());
            }
            lists.get(each.lowerCase.length).add(each);
        }
        return lists.stream().map(list -> list.toArray(HeaderName[]::new)).toArray(HeaderName[][]::new);
    }

    /** @param end after the name's last byte; all bytes are known to be token characters */
    static HeaderName of(byte[] bytes, int start, int end) {
        int length = end - start;
        if (length < BY_LENGTH.length) {
            for (HeaderName each : BY_LENGTH[length]) {
                if (Ascii.isName(bytes, start, each.lowerCase)) {
                    return Ascii.indexOf(bytes, start, end, '_') < 0 ? each : LOOKALIKE;
                }
            }
        }
        if (length > X_FORWARDED.length && Ascii.isName(bytes, start, X_FORWARDED)) {
            byte[] certificate = X_FORWARDED_CLIENTCERT.lowerCase;
            return length >= certificate.length && Ascii.isName(bytes, start, certificate)
                    ? X_FORWARDED_CLIENTCERT
                    : X_FORWARDED_OTHER;
        }
        return length > SLB_PREFIX.length && Ascii.isName(bytes, start, SLB_PREFIX) ? SLB : OTHER;
    }

    /** Whether this field may not be removed because {@code Connection} names it: it frames or routes the message. */
    boolean isFraming() {
        return this == HOST || this == CONTENT_LENGTH || this == TRANSFER_ENCODING;
    }

    /** Whether it is only read, for persistence, logins, validators or dates, and else passes like any other. */
    boolean isOnlyRead() {
        return switch (this) {
            case COOKIE,
                    SET_COOKIE,
                    AUTHORIZATION,
                    PROXY_AUTHORIZATION,
                    WWW_AUTHENTICATE,
                    PROXY_AUTHENTICATE,
                    IF_NONE_MATCH,
                    DATE -> true;
            default -> false;
        };
    }

    /** Whether it asks for a login. */
    boolean isChallenge() {
        return this == WWW_AUTHENTICATE || this == PROXY_AUTHENTICATE;
    }
}
