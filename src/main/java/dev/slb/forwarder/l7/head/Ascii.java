package dev.slb.forwarder.l7.head;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Byte classes and scans of HTTP/1 (RFC 9110 section 5.6.2, RFC 9112, RFC 3986), eight bytes at a time where it pays. */
public final class Ascii {

    /** Carriage return. */
    public static final byte CR = '\r';
    /** Line feed. */
    public static final byte LF = '\n';

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGHS = 0x8080808080808080L;

    private static final byte TOKEN = 1;
    private static final byte TARGET = 2;
    private static final byte HOST = 4;
    private static final byte[] CLASSES = classes();

    private Ascii() {}

    private static byte[] classes() {
        byte[] classes = new byte[256];
        for (int c = 0x21; c < 0x7f; c++) {
            boolean alphanumeric = c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z';
            if (alphanumeric || "!#$%&'*+-.^_`|~".indexOf(c) >= 0) {
                classes[c] |= TOKEN;
            }
            if (c != '#') {
                classes[c] |= TARGET;
            }
            if (alphanumeric || "-._~".indexOf(c) >= 0) {
                classes[c] |= HOST;
            }
        }
        return classes;
    }

    /** A character of method and header names. */
    public static boolean isToken(byte b) {
        return (CLASSES[b & 0xff] & TOKEN) != 0;
    }

    /** A visible character that may stand in a request target; a fragment may not. */
    static boolean isTarget(byte b) {
        return (CLASSES[b & 0xff] & TARGET) != 0;
    }

    /** A character of a host name: what RFC 3986 calls unreserved. */
    static boolean isHost(byte b) {
        return (CLASSES[b & 0xff] & HOST) != 0;
    }

    /** 0 to 9. */
    public static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    /** The value of a hexadecimal digit, or -1. */
    static int hex(byte b) {
        if (b >= '0' && b <= '9') {
            return b - '0';
        }
        int lower = b | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }

    /** The lower case of a letter, and anything else as it is. */
    public static byte lower(byte b) {
        return b >= 'A' && b <= 'Z' ? (byte) (b | 0x20) : b;
    }

    /** A space or a tab. */
    public static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    /** The first control character but a tab in {@code [from, to)}, or {@code to}: what may not stand in a header's value. */
    public static int control(byte[] bytes, int from, int to) {
        int i = from;
        for (int last = to - Long.BYTES; i <= last; i += Long.BYTES) {
            long controls = controls((long) LONG.get(bytes, i));
            while (controls != 0) {
                int at = i + (Long.numberOfTrailingZeros(controls) >>> 3);
                if (isControl(bytes[at])) {
                    return at;
                }
                controls &= controls - 1;
            }
        }
        for (; i < to; i++) {
            if (isControl(bytes[i])) {
                return i;
            }
        }
        return to;
    }

    /**
     * The high bit of each byte below 0x20 or equal to 0x7f. The borrow of one that is marked can mark the innocent
     * byte after it, so the caller looks at each again.
     */
    private static long controls(long word) {
        long low = (word - 0x20 * ONES) & ~word;
        long noDelete = word ^ 0x7f * ONES;
        return (low | (noDelete - ONES) & ~noDelete) & HIGHS;
    }

    static boolean isControl(byte b) {
        return b >= 0 && b < 0x20 && b != '\t' || b == 0x7f;
    }

    /** The first place of {@code c} in {@code [from, to)}, or -1. */
    public static int indexOf(byte[] bytes, int from, int to, char c) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == c) {
                return i;
            }
        }
        return -1;
    }

    /**
     * Whether a header's name begins with this one, in any case and with underscores for hyphens. For token characters
     * setting 0x20 only joins the two cases of a letter, where the wanted name has none but letters, digits, hyphens.
     */
    static boolean isName(byte[] bytes, int start, byte[] lowerCase) {
        for (int i = 0; i < lowerCase.length; i++) {
            byte b = bytes[start + i];
            if ((b | 0x20) != lowerCase[i] && (b != '_' || lowerCase[i] != '-')) {
                return false;
            }
        }
        return true;
    }

    /** Whether {@code [start, end)} is this, in whatever case. */
    public static boolean equalsIgnoreCase(byte[] bytes, int start, int end, byte[] lowerCase) {
        if (end - start != lowerCase.length) {
            return false;
        }
        for (int i = 0; i < lowerCase.length; i++) {
            if (lower(bytes[start + i]) != lowerCase[i]) {
                return false;
            }
        }
        return true;
    }

    static boolean equalsIgnoreCase(byte[] bytes, int start, int end, int otherStart, int otherEnd) {
        if (end - start != otherEnd - otherStart) {
            return false;
        }
        for (int i = 0; i < end - start; i++) {
            if (lower(bytes[start + i]) != lower(bytes[otherStart + i])) {
                return false;
            }
        }
        return true;
    }

    /** Whether this is what stands there, perhaps with blanks around it. */
    public static boolean isElement(byte[] bytes, int from, int to, byte[] lowerCase) {
        int start = from;
        int end = to;
        while (start < end && isBlank(bytes[start])) {
            start++;
        }
        while (end > start && isBlank(bytes[end - 1])) {
            end--;
        }
        return equalsIgnoreCase(bytes, start, end, lowerCase);
    }

    /** Where the element of a list that begins here ends: at a comma that is not quoted, or with the list. */
    public static int elementEnd(byte[] bytes, int from, int end) {
        boolean quoted = false;
        for (int i = from; i < end; i++) {
            if (bytes[i] == '"') {
                quoted = !quoted;
            } else if (bytes[i] == '\\' && quoted) {
                i++;
            } else if (bytes[i] == ',' && !quoted) {
                return i;
            }
        }
        return end;
    }

    /** Whether the list that stands there, with commas, has this element. */
    public static boolean isListed(byte[] bytes, int start, int end, byte[] lowerCase) {
        for (int from = start; from < end; ) {
            int to = elementEnd(bytes, from, end);
            if (isElement(bytes, from, to, lowerCase)) {
                return true;
            }
            from = to + 1;
        }
        return false;
    }

    /** Makes letters in {@code [from, to)} lower case, in place. */
    public static void lowerCase(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            bytes[i] = lower(bytes[i]);
        }
    }

    /** The eight bytes from here as one word, to compare with {@link #word(String)}. */
    static long word(byte[] bytes, int at) {
        return (long) LONG.get(bytes, at);
    }

    static long word(String eightCharacters) {
        return word(bytes(eightCharacters), 0);
    }

    /** The bytes of a text that is ASCII. */
    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** A decimal number without sign, or -1 when it is not one or has no room in 18 digits. */
    public static long decimal(byte[] bytes, int start, int end) {
        if (end - start < 1 || end - start > 18) {
            return -1;
        }
        long value = 0;
        for (int i = start; i < end; i++) {
            if (!isDigit(bytes[i])) {
                return -1;
            }
            value = value * 10 + bytes[i] - '0';
        }
        return value;
    }
}
