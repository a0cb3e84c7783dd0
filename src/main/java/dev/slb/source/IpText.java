package dev.slb.source;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * The CEL functions of Kubernetes on IP addresses. They are strict: no leading zeros, no zone, no IPv4 address in the
 * clothes of IPv6.
 */
final class IpText {
    private static final String BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    private static final Pattern IPV4 = Pattern.compile(BYTE + "(\\." + BYTE + "){3}");
    private static final Pattern IPV6_LOOK = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
    private static final Pattern PREFIX_LENGTH = Pattern.compile("0|[1-9][0-9]{0,2}");

    private IpText() {}

    static boolean isIp(String text) {
        return bits(text) > 0;
    }

    /** An address and the length of a prefix; bits after the prefix may be set. */
    static boolean isCidr(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            return false;
        }
        String length = text.substring(slash + 1);
        return PREFIX_LENGTH.matcher(length).matches()
                && isIp(text.substring(0, slash))
                && Integer.parseInt(length) <= bits(text.substring(0, slash));
    }

    private static int bits(String text) {
        if (IPV4.matcher(text).matches()) {
            return 32;
        }
        if (!IPV6_LOOK.matcher(text).matches()) {
            return 0;
        }
        try {
            // A text with a colon is never looked up; an IPv4-mapped address comes back as the 4 bytes of IPv4.
            return InetAddress.getByName(text).getAddress().length == 16 ? 128 : 0;
        } catch (UnknownHostException e) {
            return 0;
        }
    }
}
