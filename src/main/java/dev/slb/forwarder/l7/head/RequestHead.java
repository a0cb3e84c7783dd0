package dev.slb.forwarder.l7.head;

import dev.slb.base.IpLiteral;

import java.util.List;

/**
 * A view of a request's head. Whatever brought the request fills the same view (HTTP/2 writes its fields in the form
 * of HTTP/1), so that routing, rewriting, persistence and logging know one kind of head.
 *
 * <p>The scan is strict: what two parsers might read in two ways is refused, since the servers behind us parse it again.
 */
public final class RequestHead extends Head {

    /** Longer methods are refused. */
    public static final int MAX_METHOD_BYTES = 64;

    private static final long HTTP_1_1 = Ascii.word("HTTP/1.1");
    private static final long HTTP_1_0 = Ascii.word("HTTP/1.0");
    private static final byte[] HTTP_SCHEME = Ascii.bytes("http://");
    private static final byte[] HTTPS_SCHEME = Ascii.bytes("https://");
    private static final byte[] TRAILERS = Ascii.bytes("trailers");
    /** Protocols with which HTTP would go on, past our routing: as HTTP/2 in clear text, or in TLS of its own. */
    private static final List<byte[]> DECLINED =
            List.of(Ascii.bytes("h2c"), Ascii.bytes("h2"), Ascii.bytes("http"), Ascii.bytes("tls"));

    private int maxTargetBytes = Integer.MAX_VALUE;

    private int methodEnd;
    private Method method;
    private int targetStart;
    private int targetEnd;
    private int pathStart;
    private int pathEnd;
    private int authorityStart;
    private int authorityEnd;
    private boolean absolute;
    private int hostHeader;
    private int hostStart;
    private int hostEnd;
    private boolean upgradeDeclined;
    private boolean teTrailers;
    private boolean connectionLogin;
    private int maxForwards;

    /** @param bytes longer request targets are refused */
    public RequestHead maxTargetBytes(int bytes) {
        maxTargetBytes = bytes;
        return this;
    }

    @Override
    void reset() {
        super.reset();
        method = null;
        methodEnd = targetStart = targetEnd = pathStart = pathEnd = 0;
        authorityStart = authorityEnd = hostStart = hostEnd = 0;
        absolute = false;
        hostHeader = -1;
        upgradeDeclined = false;
        teTrailers = false;
        connectionLogin = false;
        maxForwards = -1;
    }

    @Override
    State scanBytes(int limit) {
        byte[] a = bytes;
        int at = 0;
        while (at < limit && Ascii.isToken(a[at])) {
            at++;
        }
        if (at > MAX_METHOD_BYTES) {
            return refuse(Refusal.METHOD_TOO_LONG);
        }
        if (at == limit) {
            return State.INCOMPLETE;
        }
        if (at == 0 || a[at] != ' ') {
            return refuse(
                    at == 0 && a[at] == Ascii.LF
                            ? Refusal.INVALID_LINE_END
                            : lineProblem(a[at], Refusal.INVALID_METHOD));
        }
        methodEnd = at++;
        method = Method.of(a, 0, methodEnd);
        targetStart = targetEnd = at;
        int question = -1;
        while (at < limit && Ascii.isTarget(a[at])) {
            if (a[at] == '?' && question < 0) {
                question = at;
            }
            at++;
        }
        targetEnd = at;
        if (targetEnd - targetStart > maxTargetBytes) {
            return refuse(Refusal.TARGET_TOO_LONG);
        }
        if (at == limit) {
            return State.INCOMPLETE;
        }
        if (at == targetStart || a[at] != ' ') {
            targetEnd = endOfWord(at, limit);
            return refuse(lineProblem(a[at], Refusal.INVALID_TARGET));
        }
        int version = at + 1;
        if (limit - version < Long.BYTES + 2) {
            return versionSoFar(version, limit);
        }
        Refusal problem = readVersion(version);
        if (problem == null) {
            problem = readTarget(question);
        }
        return problem == null ? scanHeaders(version + Long.BYTES + 2, limit) : refuse(problem);
    }

    /** Where what is no target ends, for logs. */
    private int endOfWord(int from, int limit) {
        int at = from;
        while (at < limit && !Ascii.isBlank(bytes[at]) && bytes[at] != Ascii.CR && bytes[at] != Ascii.LF) {
            at++;
        }
        return at;
    }

    private static Refusal lineProblem(byte b, Refusal otherwise) {
        return b == Ascii.CR || b == Ascii.LF ? Refusal.INVALID_REQUEST_LINE : otherwise;
    }

    /** A line that ends before its version does is refused, or the end of a head that has none would never be seen. */
    private State versionSoFar(int start, int limit) {
        int lineFeed = Ascii.indexOf(bytes, start, limit, '\n');
        return lineFeed < 0 ? State.INCOMPLETE : refuse(versionEndProblem(start, lineFeed));
    }

    /** The same for a line of which more is here, or the reason would depend on how the bytes arrived. */
    private static Refusal versionEndProblem(int start, int lineFeed) {
        return lineFeed == start + Long.BYTES ? Refusal.INVALID_LINE_END : Refusal.INVALID_REQUEST_LINE;
    }

    private Refusal readVersion(int at) {
        long version = Ascii.word(bytes, at);
        int end = at + Long.BYTES;
        if (bytes[end] != Ascii.CR || bytes[end + 1] != Ascii.LF) {
            return versionEndProblem(at, Ascii.indexOf(bytes, at, end + 1, '\n'));
        }
        if (version == HTTP_1_1) {
            minorVersion(1);
        } else if (version == HTTP_1_0) {
            minorVersion(0);
        } else {
            return text(at, at + 5).equals("HTTP/")
                            && Ascii.isDigit(bytes[at + 5])
                            && bytes[at + 6] == '.'
                            && Ascii.isDigit(bytes[at + 7])
                    ? Refusal.UNSUPPORTED_VERSION
                    : Refusal.INVALID_REQUEST_LINE;
        }
        return null;
    }

    /** The four forms of RFC 9112, section 3.2. */
    private Refusal readTarget(int question) {
        if (method == Method.CONNECT) {
            return Refusal.CONNECT_METHOD;
        }
        pathStart = targetStart;
        pathEnd = question < 0 ? targetEnd : question;
        if (bytes[targetStart] == '/') {
            return null;
        }
        if (bytes[targetStart] == '*') {
            return targetEnd - targetStart == 1 && method == Method.OPTIONS ? null : Refusal.INVALID_TARGET;
        }
        return readAbsoluteTarget();
    }

    private Refusal readAbsoluteTarget() {
        int scheme = startsWith(HTTP_SCHEME) ? HTTP_SCHEME.length : startsWith(HTTPS_SCHEME) ? HTTPS_SCHEME.length : 0;
        if (scheme == 0) {
            return Refusal.INVALID_TARGET;
        }
        authorityStart = targetStart + scheme;
        int slash = Ascii.indexOf(bytes, authorityStart, pathEnd, '/');
        authorityEnd = slash < 0 ? pathEnd : slash;
        if (!readHost(authorityStart, authorityEnd)) {
            return Refusal.INVALID_TARGET;
        }
        absolute = true;
        pathStart = authorityEnd;
        return null;
    }

    private boolean startsWith(byte[] scheme) {
        return targetEnd - targetStart > scheme.length
                && Ascii.equalsIgnoreCase(bytes, targetStart, targetStart + scheme.length, scheme);
    }

    @Override
    Refusal read(HeaderName name, int header) {
        switch (name) {
            case HOST -> {
                if (hostHeader >= 0) {
                    return Refusal.DUPLICATE_HOST;
                }
                hostHeader = header;
            }
            case TE -> teTrailers |= Ascii.isListed(bytes, valueStart(header), valueEnd(header), TRAILERS);
            case AUTHORIZATION, PROXY_AUTHORIZATION ->
                connectionLogin |= ConnectionLogin.isIn(bytes, valueStart(header), valueEnd(header));
            case MAX_FORWARDS -> {
                return method.isLimited() ? readMaxForwards(header) : null;
            }
            case UPGRADE -> {
                upgradeDeclined |= isDeclined(valueStart(header), valueEnd(header));
                return super.read(name, header);
            }
            default -> {
                return super.read(name, header);
            }
        }
        return null;
    }

    /** A number without bounds, of which we support those of 31 bits: larger ones count as the largest. */
    private Refusal readMaxForwards(int header) {
        int at = valueStart(header);
        int end = valueEnd(header);
        if (maxForwards >= 0 || at == end) {
            return Refusal.INVALID_MAX_FORWARDS;
        }
        long value = 0;
        for (; at < end; at++) {
            if (!Ascii.isDigit(bytes[at])) {
                return Refusal.INVALID_MAX_FORWARDS;
            }
            value = Math.min(Integer.MAX_VALUE, value * 10 + bytes[at] - '0');
        }
        maxForwards = (int) value;
        return null;
    }

    /** Whether a list of protocols, each perhaps with a version, has one that is not for us to pass on. */
    private boolean isDeclined(int start, int end) {
        for (int from = start; from < end; ) {
            int to = Ascii.elementEnd(bytes, from, end);
            int slash = Ascii.indexOf(bytes, from, to, '/');
            for (byte[] each : DECLINED) {
                if (Ascii.isElement(bytes, from, slash < 0 ? to : slash, each)) {
                    return true;
                }
            }
            from = to + 1;
        }
        return false;
    }

    @Override
    State finish() {
        if (hostHeader < 0) {
            if (minorVersion() == 1) {
                return refuse(Refusal.MISSING_HOST);
            }
        } else {
            int from = hostStart;
            int to = hostEnd;
            if (!readHost(valueStart(hostHeader), valueEnd(hostHeader))) {
                return refuse(Refusal.INVALID_HOST);
            }
            if (absolute) {
                hostStart = from;
                hostEnd = to;
            }
        }
        return super.finish();
    }

    /** Reads {@code host[:port]}; sets the host without port and without a trailing dot. */
    private boolean readHost(int start, int end) {
        int at = start;
        if (at < end && bytes[at] == '[') {
            at = Ascii.indexOf(bytes, at, end, ']') + 1;
            if (at == 0 || !isIpv6(start + 1, at - 1)) {
                return false;
            }
        } else {
            while (at < end && Ascii.isHost(bytes[at])) {
                at++;
            }
        }
        hostStart = start;
        hostEnd = at > start && bytes[at - 1] == '.' ? at - 1 : at;
        return hostEnd > hostStart && (at == end || isPort(at, end));
    }

    private boolean isIpv6(int start, int end) {
        return Ascii.indexOf(bytes, start, end, ':') >= 0 && IpLiteral.bytes(text(start, end)) != null;
    }

    private boolean isPort(int colon, int end) {
        return bytes[colon] == ':' && (end - colon == 1 || isUpTo65535(Ascii.decimal(bytes, colon + 1, end)));
    }

    private static boolean isUpTo65535(long port) {
        return port >= 0 && port <= 65535;
    }

    /** Null when the scan was refused before it was known: then nothing of the request line is. */
    public Method method() {
        return method;
    }

    /** The method begins at 0, and ends here, exclusive. */
    public int methodEnd() {
        return methodEnd;
    }

    /** The target as it was received, without the scheme and host of an absolute one; may then, or when it was refused, be empty. */
    public int targetStart() {
        return absolute ? pathStart : targetStart;
    }

    /** Where the target ends, exclusive. */
    public int targetEnd() {
        return targetEnd;
    }

    /** The path, without the query. */
    public int pathStart() {
        return pathStart;
    }

    /** Where the path ends, exclusive: at the query, or with the target. */
    public int pathEnd() {
        return pathEnd;
    }

    /** Whether the target named scheme and host. Then they count, not the Host header (RFC 9112, section 3.2.2). */
    public boolean isAbsolute() {
        return absolute;
    }

    /** Host and port as the target has them. */
    public int authorityStart() {
        return authorityStart;
    }

    /** Where the authority ends, exclusive. */
    public int authorityEnd() {
        return authorityEnd;
    }

    /** The host without port and trailing dot, in the case that the client sent; empty when an HTTP/1.0 client sent none. */
    public int hostStart() {
        return hostStart;
    }

    /** Where the host ends, exclusive. */
    public int hostEnd() {
        return hostEnd;
    }

    /** Whether the client takes trailers: the one value of TE that passes on. */
    public boolean isTeTrailers() {
        return teTrailers;
    }

    /** Whether it carries a part of a {@link ConnectionLogin}. */
    public boolean isConnectionLogin() {
        return connectionLogin;
    }

    /** How many forwards are left, this one included; -1: nothing limits them. */
    public int maxForwards() {
        return maxForwards;
    }

    /** An upgrade that passes on. One with which requests might go past our routing is declined by silence. */
    public boolean isForwardedUpgrade() {
        return isUpgrade() && !upgradeDeclined;
    }
}
