package dev.slb.cli;

import dev.slb.base.IpLiteral;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** The one option that says where a process opens its sockets. */
final class BindAddress {

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
            String bare = text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
            int zone = bare.indexOf(':') < 0 ? -1 : bare.indexOf('%');
            if (IpLiteral.bytes(zone < 0 ? bare : bare.substring(0, zone)) == null) {
                throw new TypeConversionException("'" + text + "' is not an IP address");
            }
            try {
                return InetAddress.getByName(bare); // a literal, whose zone only this knows to read
            } catch (UnknownHostException e) {
                throw new TypeConversionException("'" + text + "' is not an IP address");
            }
        }
    }
}
