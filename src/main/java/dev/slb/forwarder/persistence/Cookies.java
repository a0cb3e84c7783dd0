package dev.slb.forwarder.persistence;

/** Finds cookies in a field {@code Cookie: a=1; b="2"} (RFC 6265), as ranges of bytes. */
public final class Cookies {

    private Cookies() {}

    /**
     * Where the value of the next cookie of a name begins.
     *
     * @param from the beginning of the field's value, or the end of a cookie in it
     * @param end of the field's value
     * @return -1 when there is none
     */
    public static int next(byte[] bytes, int from, int end, byte[] name) {
        int at = from;
        while (at < end) {
            byte b = bytes[at];
            if (b == ' ' || b == '\t' || b == ';') {
                at++;
                continue;
            }
            int value = at + name.length + 1;
            if (value <= end && bytes[value - 1] == '=' && isAt(bytes, at, name)) {
                return value;
            }
            at = end(bytes, at, end);
        }
        return -1;
    }

    private static boolean isAt(byte[] bytes, int at, byte[] name) {
        for (int i = 0; i < name.length; i++) {
            if (bytes[at + i] != name[i]) {
                return false;
            }
        }
        return true;
    }

    /** Where the cookie ends. */
    public static int end(byte[] bytes, int from, int end) {
        int at = from;
        while (at < end && bytes[at] != ';') {
            at++;
        }
        return at;
    }

    /** A value without its opening quotation mark. */
    public static int skipQuote(byte[] bytes, int value, int end) {
        return value < end && bytes[value] == '"' ? value + 1 : value;
    }
}
