package dev.slb.source;

import dev.slb.base.Cidr;
import dev.slb.base.IpLiteral;

/**
 * The CEL functions of Kubernetes on IP addresses: no leading zeros, no zone, and, unlike anywhere else, no IPv4 address in
 * the clothes of IPv6.
 */
final class IpText {

    private IpText() {}

    static boolean isIp(String text) {
        return IpLiteral.bytes(text) != null && !IpLiteral.isMapped(text);
    }

    /** An address and the length of a prefix; bits after the prefix may be set. */
    static boolean isCidr(String text) {
        int slash = text.indexOf('/');
        return slash >= 0 && isIp(text.substring(0, slash)) && Cidr.parse(text).isPresent();
    }
}
