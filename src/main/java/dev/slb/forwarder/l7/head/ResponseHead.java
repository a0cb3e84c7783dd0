package dev.slb.forwarder.l7.head;

import java.util.ArrayList;
import java.util.List;

/** A view of a response's head, scanned as strictly as a request's; {@link AnswerRepair} has what is taken besides. */
public final class ResponseHead extends Head {

    /** How long one may be, in any version. */
    public static final int MAX_BYTES = 64 * 1024;

    private static final long HTTP_1_1 = Ascii.word("HTTP/1.1");
    private static final long HTTP_1_0 = Ascii.word("HTTP/1.0");
    private static final int MINOR_VERSION = Long.BYTES - 1;
    // "HTTP/1.1 200" and then a space and a reason, or the end of the line.
    private static final int STATUS_START = 9;
    private static final int STATUS_END = 12;

    private int status;
    private boolean ofOurVersion;
    private boolean repaired;
    private boolean loginAsked;
    private boolean otherAsked;

    private final List<byte[]> added = new ArrayList<>();

    @Override
    void reset() {
        super.reset();
        added.clear();
        status = 0;
        repaired = false;
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
        ofOurVersion = version == HTTP_1_1;
        // A later minor version is read as if it were ours (RFC 9110, section 2.5).
        if ((version ^ HTTP_1_1) << Byte.SIZE != 0 || !Ascii.isDigit(a[MINOR_VERSION])) {
            return refuse(Refusal.INVALID_STATUS_LINE);
        }
        minorVersion(version == HTTP_1_0 ? 0 : 1);
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

    /**
     * What goes out is to have this field, too, which is not among the {@link #headers}. The next scan forgets it.
     *
     * @param line with the end of its line; stays as it is
     */
    public void add(byte[] line) {
        added.add(line);
    }

    /** What was added, in that order. */
    public List<byte[]> added() {
        return added;
    }

    /** It was not in order, see {@link AnswerRepair}. */
    void repaired() {
        repaired = true;
    }

    /** Whether its server did not send it like this: nothing else of that connection is to be trusted. */
    public boolean isRepaired() {
        return repaired;
    }

    /** Whether it says HTTP/1.1, which is what goes out. */
    public boolean isOfOurVersion() {
        return ofOurVersion;
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

    /**
     * Statuses that never have a body, whatever the headers say; a head that says so has to be repaired (RFC 9112, section
     * 6.3).
     */
    public boolean isBodiless() {
        return status < 200 || status == 204;
    }
}
