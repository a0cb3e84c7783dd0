package dev.slb.forwarder.proxy;

import dev.slb.forwarder.table.Endpoints;
import dev.slb.plan.ProxyProtocolPlan;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.util.NetUtil;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Writes the header that tells a server whose connection, or datagram, this is. */
public final class ProxyHeader {

    static final byte[] SIGNATURE = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
    private static final int VERSION_2_LOCAL = 0x20;
    private static final int VERSION_2_PROXY = 0x21;
    private static final int INET = 0x10;
    private static final int INET6 = 0x20;
    private static final int STREAM = 1;
    private static final int DATAGRAM = 2;
    private static final int PORTS = 4;
    /** The longest that version 1 can be, and more than version 2 without extensions. */
    private static final int LARGEST = 108;

    private ProxyHeader() {}

    /**
     * The header of a connection.
     *
     * @param version not {@code NONE}
     * @param endpoints null: it is made for no client (LOCAL, UNKNOWN)
     */
    public static ByteBuf ofConnection(
            ByteBufAllocator allocator, ProxyProtocolPlan.Version version, Endpoints endpoints) {
        ByteBuf out = allocator.ioBuffer(LARGEST);
        if (endpoints == null) {
            writeOfNobody(out, version);
        } else if (version == ProxyProtocolPlan.Version.V1) {
            writeVersion1(out, endpoints);
        } else {
            writeVersion2(out, endpoints, STREAM);
        }
        return out;
    }

    /** Writes the header (version 2) that a datagram begins with. */
    public static void writeForDatagram(ByteBuf out, Endpoints endpoints) {
        writeVersion2(out, endpoints, DATAGRAM);
    }

    private static void writeOfNobody(ByteBuf out, ProxyProtocolPlan.Version version) {
        if (version == ProxyProtocolPlan.Version.V1) {
            ByteBufUtil.writeAscii(out, "PROXY UNKNOWN\r\n");
        } else {
            out.writeBytes(SIGNATURE);
            out.writeByte(VERSION_2_LOCAL);
            out.writeZero(3); // no family, no length
        }
    }

    private static boolean isInet(Endpoints endpoints) {
        return endpoints.client().getAddress() instanceof Inet4Address
                && endpoints.destination().getAddress() instanceof Inet4Address;
    }

    private static void writeVersion1(ByteBuf out, Endpoints endpoints) {
        boolean inet = isInet(endpoints);
        InetSocketAddress client = endpoints.client();
        InetSocketAddress destination = endpoints.destination();
        ByteBufUtil.writeAscii(
                out,
                "PROXY " + (inet ? "TCP4 " : "TCP6 ") + text(client.getAddress(), inet) + ' '
                        + text(destination.getAddress(), inet) + ' ' + client.getPort() + ' ' + destination.getPort()
                        + "\r\n");
    }

    private static String text(InetAddress address, boolean inet) {
        if (!inet && address instanceof Inet4Address) {
            return "::ffff:" + address.getHostAddress();
        }
        String text = NetUtil.toAddressString(address);
        int scope = text.indexOf('%');
        return scope < 0 ? text : text.substring(0, scope);
    }

    private static void writeVersion2(ByteBuf out, Endpoints endpoints, int transport) {
        boolean inet = isInet(endpoints);
        InetSocketAddress client = endpoints.client();
        InetSocketAddress destination = endpoints.destination();
        out.writeBytes(SIGNATURE);
        out.writeByte(VERSION_2_PROXY);
        out.writeByte((inet ? INET : INET6) | transport);
        out.writeShort(2 * (inet ? 4 : 16) + PORTS);
        write(out, client.getAddress(), inet);
        write(out, destination.getAddress(), inet);
        out.writeShort(client.getPort());
        out.writeShort(destination.getPort());
    }

    /** An IPv4 address beside an IPv6 one is written as its IPv4-mapped form. */
    private static void write(ByteBuf out, InetAddress address, boolean inet) {
        if (!inet && address instanceof Inet4Address) {
            out.writeZero(10);
            out.writeShort(0xffff);
        }
        out.writeBytes(address.getAddress());
    }
}
