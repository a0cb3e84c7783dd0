package dev.slb.forwarder.l7.head;

/** A view of a response's head, scanned as strictly as a request's. */
public final class ResponseHead extends Head {

    /** How long one may be, in any version. */
    public static final int MAX_BYTES = 64 * 1024;

    private static final long HTTP_1_1 = Ascii.word("HTTP/1.1");
    private static final long HTTP_1_0 = Ascii.word("HTTP/1.0");
    // "HTTP/1.1 200" and then a space and a reason, or the end of the line.
    private static final int STATUS_START = 9;
    private static final int STATUS_END = 12;

    private int status;
    private boolean loginAsked;
    private boolean otherAsked;

    @Override
    void reset() {
        super.reset();
        status = 0;
        loginAsked = false;
        otherAsked = false;
    }

    @Override
    State scanBytes(int limit) {
        byte[] a = bytes;
        if (limit < STATUS_END + 2) {
            return a[0] == 'H' && Ascii.indexOf(a, 0, limit, '\n') < 0
                    ? State.INCOMPLETE
                    : refuse(Refusal.INVALID_STATUS_LINE);
        }
        long version = Ascii.word(a, 0);
        if (version != HTTP_1_1 && version != HTTP_1_0) {
            return refuse(Refusal.INVALID_STATUS_LINE);
        }
        minorVersion(version == HTTP_1_1 ? 1 : 0);
        status = (int) Ascii.decimal(a, STATUS_START, STATUS_END);
        if (a[STATUS_START - 1] != ' ' || status < 100 || a[STATUS_END] != ' ' && a[STATUS_END] != Ascii.CR) {
            return refuse(Refusal.INVALID_STATUS_LINE);
        }
        int end = Ascii.control(a, STATUS_END, limit);
        if (end >= limit - 1) {
            return end == limit || a[end] == Ascii.CR ? State.INCOMPLETE : refuse(Refusal.INVALID_STATUS_LINE);
        }
        if (a[end] != Ascii.CR || a[end + 1] != Ascii.LF) {
            return refuse(Refusal.INVALID_STATUS_LINE);
        }
        return scanHeaders(end + 2, limit);
    }

    @Override
    Refusal read(HeaderName name, int header) {
        if (name.isChallenge()) {
            loginAsked |= ConnectionLogin.isIn(bytes, valueStart(header), valueEnd(header));
            otherAsked |= ConnectionLogin.isMoreIn(bytes, valueStart(header), valueEnd(header));
        }
        return super.read(name, header);
    }

    @Override
    State finish() {
        if (isBodiless() && (isChunked() || contentLength() > 0)) {
            return refuse(isChunked() ? Refusal.INVALID_TRANSFER_ENCODING : Refusal.INVALID_CONTENT_LENGTH);
        }
        return super.finish();
    }

    /** The three digits as a number. */
    public int status() {
        return status;
    }

    /** Whether it has to do with a {@link ConnectionLogin}, whatever it offers besides. */
    public boolean asksForConnectionLogin() {
        return loginAsked;
    }

    /** Whether there is no answer but for a client that logs in its connection. */
    public boolean demandsConnectionLogin() {
        return loginAsked && !otherAsked && (status == 401 || status == 407);
    }

    /** Whether the client's next request is a step of a login on this connection, as a rule. */
    public boolean isLoginStep() {
        return loginAsked && (status == 401 || status == 407);
    }

    /** 1xx but 101: the answer itself is still to come. */
    public boolean isInterim() {
        return status < 200 && status != 101;
    }

    /** Statuses that never have a body, whatever the headers say; nor may the headers say so (RFC 9112, section 6.3). */
    public boolean isBodiless() {
        return status < 200 || status == 204;
    }
}
