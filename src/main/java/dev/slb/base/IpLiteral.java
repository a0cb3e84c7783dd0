package dev.slb.base;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;

/**
 * IP literals, read by the same rule wherever they come from, and written in one spelling. Nothing here resolves a name.
 *
 * <p>Strictly: dotted IPv4 without leading zeros, which some systems take for octal; IPv6 without brackets and zone. What two
 * readers might take for two addresses is none.
 */
public final class IpLiteral {

    private static final int INET = 4;
    private static final int INET6 = 16;

    private IpLiteral() {}

    /** An IPv4-mapped IPv6 address reads as the IPv4 address that it is. */
    public static Optional<InetAddress> parse(String text) {
        byte[] address = bytes(text);
        if (address == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByAddress(address));
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // it has 4 or 16 bytes
        }
    }

    /** The same as 4 or 16 bytes; null when the text is no literal. */
    public static byte[] bytes(String text) {
        if (text.indexOf(':') < 0) {
            byte[] address = new byte[INET];
            return readInet(text, 0, address, 0) ? address : null;
        }
        byte[] address = readInet6(text);
        return address != null && isMapped(address) ? Arrays.copyOfRange(address, INET6 - INET, INET6) : address;
    }

    /** Whether this is an IPv4 address written as IPv6: in ::ffff:0:0/96. */
    public static boolean isMapped(String text) {
        if (text.indexOf(':') < 0) {
            return false;
        }
        byte[] address = readInet6(text);
        return address != null && isMapped(address);
    }

    private static boolean isMapped(byte[] address) {
        for (int i = 0; i < 10; i++) {
            if (address[i] != 0) {
                return false;
            }
        }
        return address[10] == -1 && address[11] == -1;
    }

    /** Four numbers up to the end of the text. */
    private static boolean readInet(String text, int from, byte[] into, int at) {
        int i = from;
        for (int number = 0; number < INET; number++) {
            if (number > 0 && (i == text.length() || text.charAt(i++) != '.')) {
                return false;
            }
            int start = i;
            int value = 0;
            while (i < text.length() && i - start < 3 && isDigit(text.charAt(i))) {
                value = 10 * value + text.charAt(i++) - '0';
            }
            boolean leadingZero = i - start > 1 && text.charAt(start) == '0';
            if (i == start || leadingZero || value > 255) {
                return false;
            }
            into[at + number] = (byte) value;
        }
        return i == text.length();
    }

    /** Null when it is none. */
    private static byte[] readInet6(String text) {
        byte[] address = new byte[INET6];
        int length = text.length();
        int at = 0;
        int gap = text.startsWith("::") ? 0 : -1;
        int i = gap == 0 ? 2 : 0;
        while (i < length) {
            int start = i;
            int value = 0;
            while (i < length && i - start < 4 && hexDigit(text.charAt(i)) >= 0) {
                value = value << 4 | hexDigit(text.charAt(i++));
            }
            if (i < length && text.charAt(i) == '.') {
                if (at > INET6 - INET || !readInet(text, start, address, at)) {
                    return null;
                }
                at += INET;
                break;
            }
            if (i == start || at == INET6) {
                return null;
            }
            address[at++] = (byte) (value >> 8);
            address[at++] = (byte) value;
            if (i == length) {
                break;
            }
            if (text.charAt(i++) != ':' || i == length) {
                return null;
            }
            if (text.charAt(i) == ':') {
                if (gap >= 0) {
                    return null;
                }
                gap = at;
                i++;
            }
        }
        if (gap < 0) {
            return at == INET6 ? address : null;
        }
        return at == INET6 ? null : withGap(address, gap, at);
    }

    /** The zeros that a double colon stands for, which is at least one group. */
    private static byte[] withGap(byte[] read, int gap, int end) {
        byte[] address = new byte[INET6];
        System.arraycopy(read, 0, address, 0, gap);
        System.arraycopy(read, gap, address, INET6 - (end - gap), end - gap);
        return address;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** -1 when it is none; letters of other alphabets are none. */
    private static int hexDigit(char c) {
        return c < 0x80 ? Character.digit(c, 16) : -1;
    }

    /** One spelling for equal addresses of 4 or 16 bytes: RFC 5952. */
    public static String text(byte[] address) {
        if (address.length != INET6) {
            return (address[0] & 0xff) + "." + (address[1] & 0xff) + "." + (address[2] & 0xff) + "."
                    + (address[3] & 0xff);
        }
        int[] groups = new int[8];
        for (int i = 0; i < groups.length; i++) {
            groups[i] = (address[2 * i] & 0xff) << 8 | address[2 * i + 1] & 0xff;
        }
        int start = -1;
        int length = 1;
        for (int i = 0; i < groups.length; i++) {
            int zeros = 0;
            while (i + zeros < groups.length && groups[i + zeros] == 0) {
                zeros++;
            }
            if (zeros > length) {
                start = i;
                length = zeros;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < groups.length; i++) {
            if (i == start) {
                text.append("::");
                i += length - 1;
            } else {
                boolean separated = text.length() == 0 || text.charAt(text.length() - 1) == ':';
                text.append(separated ? "" : ":").append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }
}
