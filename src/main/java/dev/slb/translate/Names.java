package dev.slb.translate;

import dev.slb.base.IpLiteral;

import java.net.Inet4Address;
import java.util.Locale;
import java.util.regex.Pattern;

/** Syntax of the names that specs contain. */
final class Names {

    private static final Pattern UPPER_CASE = Pattern.compile("[A-Z]+");
    private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
    private static final Pattern PORT_NAME = Pattern.compile("(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?");
    private static final Pattern HOST_NAME =
            Pattern.compile("(?=.{1,253}$)" + DNS_LABEL.pattern() + "(\\." + DNS_LABEL.pattern() + ")*");
    /** What ends like this is read as an IPv4 address or as nothing (RFC 1123, section 2.1). */
    private static final Pattern NUMBER_LAST = Pattern.compile("(.*\\.)?[0-9]+");

    private static final Pattern VISIBLE_ASCII = Pattern.compile("[\\x21-\\x7e]+");

    /** A token of HTTP that does not begin with a dollar sign. */
    private static final Pattern COOKIE_NAME =
            Pattern.compile("[A-Za-z0-9!#%&'*+.^_`|~-][A-Za-z0-9!#$%&'*+.^_`|~-]{0,199}");

    private static final Pattern MEDIA_TYPE = Pattern.compile("[A-Za-z0-9!#$&^_.+-]{1,63}/[A-Za-z0-9!#$&^_.+-]{1,63}");

    private Names() {}

    static boolean isMediaType(String text) {
        return MEDIA_TYPE.matcher(text).matches();
    }

    static boolean isCookieName(String text) {
        return COOKIE_NAME.matcher(text).matches();
    }

    /** Of ASCII alone: in other alphabets there are letters, such as the sign for Kelvin, whose small ones are of ASCII. */
    static String lowerCase(String text) {
        return UPPER_CASE.matcher(text).replaceAll(letter -> letter.group().toLowerCase(Locale.ROOT));
    }

    static boolean isDnsLabel(String text) {
        return DNS_LABEL.matcher(text).matches();
    }

    /** As Kubernetes names container ports: RFC 6335. */
    static boolean isPortName(String text) {
        return PORT_NAME.matcher(text).matches();
    }

    /** In lower case: a name of DNS, internationalized ones by their A-labels, or an IPv4 address. */
    static boolean isHostName(String text) {
        return isDnsName(text)
                || IpLiteral.parse(text).filter(Inet4Address.class::isInstance).isPresent();
    }

    /** In lower case: a host name or {@code *.suffix}; of addresses there are no suffixes. */
    static boolean isHostPattern(String text) {
        return text.startsWith("*.") ? isDnsName(text.substring(2)) : isHostName(text);
    }

    private static boolean isDnsName(String text) {
        return HOST_NAME.matcher(text).matches() && !NUMBER_LAST.matcher(text).matches();
    }

    /** A path that can stand in a request line as it is. */
    static boolean isPath(String text) {
        return text.startsWith("/") && VISIBLE_ASCII.matcher(text).matches();
    }

    /** A host name of any case or an address, with or without a port. */
    static boolean isHostHeader(String text) {
        return text.matches("[A-Za-z0-9.:\\[\\]_-]{1,253}");
    }
}
