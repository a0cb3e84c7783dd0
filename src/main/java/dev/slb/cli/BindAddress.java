package dev.slb.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** The one option that says where a process opens its sockets. */
final class BindAddress {

    private static final Pattern LITERAL = Pattern.compile("[0-9.]+|\\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%\\w+)?]?");

    @Option(
            names = "--bind-address",
            paramLabel = "ADDRESS",
            defaultValue = "${env:SLB_BIND_ADDRESS}",
            converter = Literal.class,
            description = "IP address of every socket that this process opens; default: $SLB_BIND_ADDRESS, else"
                    + " all addresses (the playground: 127.0.0.1)")
    private InetAddress address;

    /** Null: all addresses. */
    InetAddress address() {
        return address;
    }

    /** The literal without brackets, null for all addresses. */
    String literal() {
        return address == null ? null : address.getHostAddress();
    }

    /** With port 0 for one that is free. */
    InetSocketAddress withPort(int port) {
        return address == null ? new InetSocketAddress(port) : new InetSocketAddress(address, port);
    }

    /** An IP literal: names are refused, since what they resolve to changes. */
    static final class Literal implements ITypeConverter<InetAddress> {
        @Override
        public InetAddress convert(String text) {
            if (text.isEmpty()) {
                return null;
            }
            if (!LITERAL.matcher(text).matches()) {
                throw new TypeConversionException("'" + text + "' is not an IP address");
            }
            try {
                return InetAddress.getByName(text);
            } catch (UnknownHostException e) {
                throw new TypeConversionException("'" + text + "' is not an IP address");
            }
        }
    }
}
