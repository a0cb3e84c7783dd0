package dev.slb.forwarder.l7.rewrite;

import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.forwarder.l7.head.Head;
import dev.slb.forwarder.l7.head.HeadWriter;
import dev.slb.forwarder.l7.head.HeaderName;
import dev.slb.forwarder.l7.head.Method;
import dev.slb.forwarder.l7.head.RequestHead;
import dev.slb.forwarder.l7.head.ResponseHead;
import dev.slb.forwarder.persistence.CookieTable;
import dev.slb.forwarder.persistence.Cookies;

/**
 * What becomes of a head on its way through: fields that are meant for one connection only stay here (RFC 9110, section
 * 7.6.1), ours are added at the end, and all else passes byte by byte and in its order.
 */
public final class Rewriting {

    private static final byte[] CHUNKED = Ascii.bytes("chunked");
    private static final byte[] CRLF = Ascii.bytes("\r\n");
    private static final byte[] OUR_VERSION = Ascii.bytes(" HTTP/1.1\r\n");
    private static final byte[] VERSION_1_1 = Ascii.bytes("HTTP/1.1");
    private static final byte[] HOST = Ascii.bytes("Host: ");
    private static final byte[] CONTENT_LENGTH = Ascii.bytes("Content-Length: ");
    private static final byte[] TRANSFER_ENCODING = Ascii.bytes("Transfer-Encoding: chunked\r\n");
    private static final byte[] MAX_FORWARDS = Ascii.bytes("Max-Forwards: ");
    private static final byte[] CONNECTION_CLOSE = Ascii.bytes("Connection: close\r\n");
    private static final byte[] CONNECTION_KEEP_ALIVE = Ascii.bytes("Connection: keep-alive\r\n");
    private static final byte[] CONNECTION_UPGRADE = Ascii.bytes("Connection: Upgrade\r\n");
    private static final byte[] TE_TRAILERS = Ascii.bytes("TE: trailers\r\nConnection: TE\r\n");

    /** Says which protocol, and nobody else can: we pass the request for it on (RFC 9110, section 15.5.22). */
    private static final int UPGRADE_REQUIRED = 426;

    /** What the receiver is told about the connection. */
    public enum Connection {
        /** The default of HTTP/1.1 says it. */
        UNSAID,
        KEEP_ALIVE,
        CLOSE
    }

    private Rewriting() {}

    /**
     * @param stickyCookie name of the cookie that has a prefix of ours, which servers don't see; null when none has
     * @param weakened whether strong entity tags may have become weak on their way to the client: a server that compares
     *     texts would not know them again, so it is asked for the strong ones, too
     */
    public static void request(
            RequestHead head,
            ForwardedHeaders.OfConnection forwarded,
            byte[] stickyCookie,
            boolean weakened,
            HeadWriter out) {
        int kept = 0;
        if (head.isAbsolute()) {
            writeOriginForm(head, out);
            kept = head.headersStart();
        } else if (head.minorVersion() == 0) {
            writeInOurVersion(head, forwarded, out);
            kept = head.headersStart();
        }
        boolean newLength = false;
        boolean newEncoding = false;
        for (int i = 0; i < head.headers(); i++) {
            HeaderName name = head.name(i);
            if (name == HeaderName.OTHER) {
                continue;
            }
            if (name == HeaderName.COOKIE) {
                if (stickyCookie != null) {
                    kept = writeCookieWithoutPrefix(head, i, stickyCookie, kept, out);
                }
                continue;
            }
            if (name == HeaderName.IF_NONE_MATCH && weakened) {
                int end = head.valueEnd(i);
                out.write(head.bytes(), kept, end - kept);
                EntityTags.writeStrongForms(head.bytes(), head.valueStart(i), end, out);
                kept = end;
                continue;
            }
            boolean keep = keepsRequestField(head, i, name, forwarded);
            if (!keep) {
                out.write(head.bytes(), kept, head.nameStart(i) - kept);
                kept = head.lineEnd(i);
                newLength |= name == HeaderName.CONTENT_LENGTH;
                newEncoding |= name == HeaderName.TRANSFER_ENCODING;
            }
        }
        out.write(head.bytes(), kept, head.length() - CRLF.length - kept);
        writeFraming(head, newLength, newEncoding, out);
        if (head.maxForwards() > 0) {
            out.write(MAX_FORWARDS);
            out.writeDecimal(head.maxForwards() - 1);
            out.write(CRLF);
        }
        if (head.isForwardedUpgrade()) {
            out.write(CONNECTION_UPGRADE);
        } else if (head.isTeTrailers() && head.minorVersion() == 1) {
            out.write(TE_TRAILERS);
        }
        forwarded.write(head, out);
        out.write(CRLF);
    }

    /** An origin server gets the path only, and in Host the authority that the target had (RFC 9112, section 3.2.2). */
    private static void writeOriginForm(RequestHead head, HeadWriter out) {
        out.write(head.bytes(), 0, head.methodEnd() + 1);
        if (head.pathStart() == head.pathEnd()) {
            out.write(head.method() == Method.OPTIONS && head.targetStart() == head.targetEnd() ? ASTERISK : SLASH);
        }
        out.write(head.bytes(), head.targetStart(), head.targetEnd() - head.targetStart());
        out.write(OUR_VERSION);
        out.write(HOST);
        out.write(head.bytes(), head.authorityStart(), head.authorityEnd() - head.authorityStart());
        out.write(CRLF);
    }

    /** HTTP/1.0 need not name a host, our version must (RFC 9112, section 3.2). */
    private static void writeInOurVersion(RequestHead head, ForwardedHeaders.OfConnection forwarded, HeadWriter out) {
        out.write(head.bytes(), 0, head.targetEnd());
        out.write(OUR_VERSION);
        if (!head.has(HeaderName.HOST)) {
            forwarded.writeHost(out);
        }
    }

    private static final byte[] SLASH = Ascii.bytes("/");
    private static final byte[] ASTERISK = Ascii.bytes("*");

    private static boolean keepsRequestField(
            RequestHead head, int header, HeaderName name, ForwardedHeaders.OfConnection forwarded) {
        return switch (name) {
            case HOST -> !head.isAbsolute();
            case CONTENT_LENGTH -> head.isCanonicalLength(header);
            case TRANSFER_ENCODING -> head.isCanonical(header, CHUNKED);
            case CONNECTION,
                    KEEP_ALIVE,
                    PROXY_CONNECTION,
                    TE,
                    HTTP2_SETTINGS,
                    PROXY,
                    SLB,
                    X_FORWARDED_CLIENTCERT,
                    LOOKALIKE,
                    NAMED_BY_CONNECTION -> false;
            case MAX_FORWARDS -> head.maxForwards() < 0;
            case UPGRADE -> head.isForwardedUpgrade();
            case EXPECT -> head.minorVersion() == 1;
            case FORWARDED,
                    X_FORWARDED_FOR,
                    X_FORWARDED_PROTO,
                    X_FORWARDED_PORT,
                    X_FORWARDED_CLIENT_SRCPORT,
                    X_FORWARDED_OTHER -> forwarded.keeps(name);
            case COOKIE,
                    SET_COOKIE,
                    AUTHORIZATION,
                    PROXY_AUTHORIZATION,
                    WWW_AUTHENTICATE,
                    PROXY_AUTHENTICATE,
                    IF_NONE_MATCH,
                    DATE,
                    OTHER -> true;
        };
    }

    /**
     * Writes a {@code Cookie} field without the prefixes that this name's values have from us.
     *
     * @param kept up to where the head is written already
     * @return up to where it is then
     */
    private static int writeCookieWithoutPrefix(RequestHead head, int header, byte[] name, int kept, HeadWriter out) {
        byte[] bytes = head.bytes();
        int written = kept;
        int end = head.valueEnd(header);
        int value = Cookies.next(bytes, head.valueStart(header), end, name);
        while (value >= 0) {
            int valueEnd = Cookies.end(bytes, value, end);
            int prefix = Cookies.skipQuote(bytes, value, valueEnd);
            int length = CookieTable.prefixLength(bytes, prefix, valueEnd);
            if (length > 0) {
                out.write(bytes, written, prefix - written);
                written = prefix + length;
            }
            value = Cookies.next(bytes, valueEnd, end, name);
        }
        return written;
    }

    private static void writeFraming(Head head, boolean newLength, boolean newEncoding, HeadWriter out) {
        if (newLength) {
            out.write(CONTENT_LENGTH);
            out.writeDecimal(head.contentLength());
            out.write(CRLF);
        }
        if (newEncoding) {
            out.write(TRANSFER_ENCODING);
        }
    }

    /**
     * @param connection what the client is told about its connection
     * @return false when the head passes as it is and nothing was written
     */
    public static boolean response(ResponseHead head, Connection connection, HeadWriter out) {
        boolean switching = head.status() == 101;
        boolean demanding = head.status() == UPGRADE_REQUIRED && head.has(HeaderName.UPGRADE);
        boolean changed = connection != Connection.UNSAID
                || !head.isOfOurVersion()
                || demanding
                || !head.added().isEmpty();
        int kept = 0;
        if (!head.isOfOurVersion()) {
            // Versions go from hop to hop: the client speaks with us.
            out.write(VERSION_1_1);
            kept = VERSION_1_1.length;
        }
        boolean newLength = false;
        boolean newEncoding = false;
        for (int i = 0; i < head.headers(); i++) {
            HeaderName name = head.name(i);
            if (name == HeaderName.OTHER || keepsResponseField(head, i, name, switching, demanding)) {
                continue;
            }
            changed = true;
            out.write(head.bytes(), kept, head.nameStart(i) - kept);
            kept = head.lineEnd(i);
            newLength |= name == HeaderName.CONTENT_LENGTH && !head.isBodiless();
            newEncoding |= name == HeaderName.TRANSFER_ENCODING;
        }
        if (!changed) {
            return false;
        }
        out.write(head.bytes(), kept, head.length() - CRLF.length - kept);
        writeFraming(head, newLength, newEncoding, out);
        for (int i = 0; i < head.added().size(); i++) {
            out.write(head.added().get(i));
        }
        if (demanding) {
            out.write(CONNECTION_UPGRADE);
        }
        switch (connection) {
            case CLOSE -> out.write(CONNECTION_CLOSE);
            case KEEP_ALIVE -> out.write(CONNECTION_KEEP_ALIVE);
            case UNSAID -> {}
        }
        out.write(CRLF);
        return true;
    }

    private static boolean keepsResponseField(
            ResponseHead head, int header, HeaderName name, boolean switching, boolean demanding) {
        return switch (name) {
            case CONNECTION -> switching;
            case UPGRADE -> switching || demanding;
            case KEEP_ALIVE, PROXY_CONNECTION, NAMED_BY_CONNECTION -> false;
            case CONTENT_LENGTH -> head.isCanonicalLength(header) && !head.isBodiless();
            case TRANSFER_ENCODING -> head.isCanonical(header, CHUNKED);
            default -> true;
        };
    }
}
