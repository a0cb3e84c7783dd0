package dev.slb.forwarder.l7.head;

/**
 * Schemes of authentication that log in a connection rather than a request: NTLM, and Negotiate as IIS uses it. A
 * connection on which one was seen may serve nobody but the client who logs in on it.
 */
public final class ConnectionLogin {

    private static final byte[][] SCHEMES = {Ascii.bytes("ntlm"), Ascii.bytes("negotiate")};

    private ConnectionLogin() {}

    /** Whether a field's value, credentials or a list of challenges, has such a scheme in it. */
    static boolean isIn(byte[] bytes, int start, int end) {
        return count(bytes, start, end, true) > 0;
    }

    /** Whether a list of challenges has anything else in it. */
    static boolean isMoreIn(byte[] bytes, int start, int end) {
        return count(bytes, start, end, false) > 0;
    }

    /** A comma within quotation marks counts as one between challenges: then too many connections are taken for logins. */
    private static int count(byte[] bytes, int start, int end, boolean login) {
        int count = 0;
        for (int from = start; from < end; ) {
            int comma = Ascii.indexOf(bytes, from, end, ',');
            int to = comma < 0 ? end : comma;
            while (from < to && Ascii.isBlank(bytes[from])) {
                from++;
            }
            if (from < to && isLogin(bytes, from, to) == login) {
                count++;
            }
            from = to + 1;
        }
        return count;
    }

    private static boolean isLogin(byte[] bytes, int start, int end) {
        int schemeEnd = start;
        while (schemeEnd < end && !Ascii.isBlank(bytes[schemeEnd])) {
            schemeEnd++;
        }
        for (byte[] each : SCHEMES) {
            if (Ascii.equalsIgnoreCase(bytes, start, schemeEnd, each)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Writes an answer's head without the fields that ask for nothing but such a login, for whoever can't have one.
     */
    public static void writeWithout(ResponseHead head, HeadWriter out) {
        int kept = 0;
        out.clear();
        for (int i = 0; i < head.headers(); i++) {
            if (head.name(i).isChallenge() && !isMoreIn(head.bytes(), head.valueStart(i), head.valueEnd(i))) {
                out.write(head.bytes(), kept, head.nameStart(i) - kept);
                kept = head.lineEnd(i);
            }
        }
        out.write(head.bytes(), kept, head.length() - kept);
    }
}
