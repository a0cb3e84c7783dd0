package dev.slb.forwarder.proxy;

import dev.slb.base.IpLiteral;
import dev.slb.forwarder.table.Endpoints;
import dev.slb.fuzz.Wire;
import dev.slb.plan.ProxyProtocolPlan;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProtocolVersion;
import io.netty.util.ReferenceCountUtil;

import java.net.Inet4Address;
import java.net.InetSocketAddress;

import static dev.slb.fuzz.Wire.check;
import static dev.slb.fuzz.Wire.checkEqual;

/** Headers of the PROXY protocol. */
public final class ProxyHeaderFuzz {

    private static final String INVALID = "invalid";

    private ProxyHeaderFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws ReceivedHeader.Invalid {
        if (Wire.isEmpty(input)) {
            return;
        }
        byte[] bytes = Wire.bytes(input);
        String outcome = outcome(bytes, Wire.uncut(bytes));
        checkEqual(outcome(bytes, Wire.cuts(input)), outcome, "in pieces");
        if (outcome.isEmpty() || outcome.equals(INVALID)) {
            return;
        }
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        Endpoints named = ReceivedHeader.read(in).endpoints();
        for (ProxyProtocolPlan.Version version :
                new ProxyProtocolPlan.Version[] {ProxyProtocolPlan.Version.V1, ProxyProtocolPlan.Version.V2}) {
            ByteBuf written = ProxyHeader.ofConnection(UnpooledByteBufAllocator.DEFAULT, version, named);
            Endpoints again = ReceivedHeader.read(written).endpoints();
            checkEqual(text(again), text(named), "written again");
            check(!written.isReadable(), "longer than it says");
            written.release();
        }
        compare(bytes, in.readerIndex(), named);
    }

    private static String outcome(byte[] bytes, int[] cuts) {
        ByteBuf in = Unpooled.buffer(Math.max(1, bytes.length));
        for (int cut : cuts) {
            in.writeBytes(bytes, in.writerIndex(), cut - in.writerIndex());
            try {
                ReceivedHeader header = ReceivedHeader.read(in);
                if (header != null) {
                    return text(header.endpoints()) + ", " + in.readerIndex() + " bytes";
                }
                check(in.readerIndex() == 0, "a part was taken");
            } catch (ReceivedHeader.Invalid e) {
                return INVALID;
            }
        }
        return "";
    }

    private static String text(Endpoints endpoints) {
        return endpoints == null ? "nobody" : endpoints.toString();
    }

    /** With Netty's reader, which takes less here and more there: where both take a header it must say the same to both. */
    private static void compare(byte[] bytes, int length, Endpoints named) {
        EmbeddedChannel channel = new EmbeddedChannel(new HAProxyMessageDecoder());
        try {
            channel.writeInbound(Unpooled.copiedBuffer(bytes));
            Object read = channel.readInbound();
            if (read instanceof HAProxyMessage message) {
                ByteBuf rest = channel.readInbound();
                int behind = rest == null ? 0 : rest.readableBytes();
                ReferenceCountUtil.release(rest);
                checkEqual(bytes.length - behind, length, "bytes of the header");
                // Ours reads an IPv6 address that is a mapped one as the IPv4 address that it means.
                if (named != null && message.sourceAddress() != null && isOfOneFamily(message, named)) {
                    checkEqual(address(message.sourceAddress(), message.sourcePort()), named.client(), "client");
                    checkEqual(
                            address(message.destinationAddress(), message.destinationPort()),
                            named.destination(),
                            "destination");
                }
                message.release();
            }
        } catch (DecoderException e) {
            // it does not take this one
        } finally {
            finish(channel);
        }
    }

    /** It tries what it has not taken once more at its end. */
    private static void finish(EmbeddedChannel channel) {
        try {
            channel.finishAndReleaseAll();
        } catch (DecoderException e) {
            // as before
        }
    }

    private static boolean isOfOneFamily(HAProxyMessage message, Endpoints named) {
        boolean inet6 = message.protocolVersion() == HAProxyProtocolVersion.V1
                ? message.proxiedProtocol().name().endsWith("6")
                : message.proxiedProtocol().addressFamily().name().endsWith("6");
        return inet6 != named.client().getAddress() instanceof Inet4Address
                && inet6 != named.destination().getAddress() instanceof Inet4Address;
    }

    private static InetSocketAddress address(String address, int port) {
        return new InetSocketAddress(IpLiteral.parse(address).orElseThrow(), port);
    }
}
