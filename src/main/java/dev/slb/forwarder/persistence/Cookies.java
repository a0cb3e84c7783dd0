package dev.slb.forwarder.persistence;

/**
 * Finds cookies in a field {@code Cookie: a=1; b="2"} (RFC 6265), as ranges of bytes. Blanks around names and values are no part
 * of them, as browsers have it in what servers set.
 */
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
            if (isBlank(b) || b == ';') {
                at++;
                continue;
            }
            int value = value(bytes, at, end, name);
            if (value >= 0) {
                return value;
            }
            at = end(bytes, at, end);
        }
        return -1;
    }

    private static int value(byte[] bytes, int at, int end, byte[] name) {
        if (end - at <= name.length || !isAt(bytes, at, name)) {
            return -1;
        }
        int equals = skipBlanks(bytes, at + name.length, end);
        return equals < end && bytes[equals] == '=' ? skipBlanks(bytes, equals + 1, end) : -1;
    }

    private static int skipBlanks(byte[] bytes, int from, int end) {
        int at = from;
        while (at < end && isBlank(bytes[at])) {
            at++;
        }
        return at;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
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

    /** Where a value ends without blanks and, if one opens it, its closing quotation mark. */
    public static int valueEnd(byte[] bytes, int value, int end) {
        int at = end;
        while (at > value && isBlank(bytes[at - 1])) {
            at--;
        }
        return at - value > 1 && bytes[value] == '"' && bytes[at - 1] == '"' ? at - 1 : at;
    }

    /** A value without its opening quotation mark. */
    public static int skipQuote(byte[] bytes, int value, int end) {
        return value < end && bytes[value] == '"' ? value + 1 : value;
    }
}
