package dev.slb.forwarder.proxy;

import dev.slb.base.IpLiteral;
import dev.slb.forwarder.table.Endpoints;
import io.netty.buffer.ByteBuf;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The header that a connection begins with, read by the grammar of the specification and by nothing else: what that allows is
 * taken, what it forbids is {@link Invalid}. Where it leaves the choice: a header that names nobody is taken, an IPv6
 * address may end in an IPv4 one, as everybody writes mapped addresses.
 */
final class ReceivedHeader {

    /** What has come is no header, nor the beginning of one. */
    static final class Invalid extends Exception {

        Invalid(String message) {
            super(message, null, false, false); // anybody can cause it
        }
    }

    private static final byte[] PREFIX = {'P', 'R', 'O', 'X', 'Y', ' '};
    private static final String UNKNOWN = "UNKNOWN";

    /** With its CRLF. */
    private static final int LONGEST_LINE = 107;

    /** Up to the length of what follows, in version 2. */
    private static final int FIXED = 16;

    private static final int LOCAL = 0x20;
    private static final int PROXY = 0x21;
    private static final int INET = 1;
    private static final int INET6 = 2;
    private static final int UNIX = 3;
    private static final int DATAGRAM = 2;

    private static final int TLV_HEAD = 3;
    private static final int TLV_CRC32C = 0x03;
    private static final int TLV_UNIQUE_ID = 0x05;
    private static final int TLV_SSL = 0x20;
    private static final int CRC32C_BYTES = 4;
    private static final int MAX_UNIQUE_ID = 128;
    /** A byte of flags, and what the verification of the client's certificate has said. */
    private static final int SSL_HEAD = 5;

    private static final ReceivedHeader OF_NOBODY = new ReceivedHeader(null);

    /** Null: it names nobody. */
    private final Endpoints endpoints;

    private ReceivedHeader(Endpoints endpoints) {
        this.endpoints = endpoints;
    }

    /** Whom it names; null when the proxy speaks for itself (its health check, say) or does not know. */
    Endpoints endpoints() {
        return endpoints;
    }

    /**
     * Takes the header from what has come of a connection so far; what is behind it stays.
     *
     * @return null when more has to come: then nothing was taken
     * @throws Invalid as soon as it can't become a header any more
     */
    static ReceivedHeader read(ByteBuf in) throws Invalid {
        if (!in.isReadable()) {
            return null;
        }
        return in.getByte(in.readerIndex()) == ProxyHeader.SIGNATURE[0] ? readBinary(in) : readLine(in);
    }

    /** Whether all of this has come. */
    private static boolean begins(ByteBuf in, byte[] with) throws Invalid {
        int length = Math.min(with.length, in.readableBytes());
        for (int i = 0; i < length; i++) {
            if (in.getByte(in.readerIndex() + i) != with[i]) {
                throw new Invalid("neither version 1 nor 2");
            }
        }
        return length == with.length;
    }

    // Version 1

    private static ReceivedHeader readLine(ByteBuf in) throws Invalid {
        if (!begins(in, PREFIX)) {
            return null;
        }
        int start = in.readerIndex();
        int most = Math.min(in.readableBytes(), LONGEST_LINE);
        for (int end = PREFIX.length + 1; end < most; end++) {
            if (in.getByte(start + end - 1) == '\r' && in.getByte(start + end) == '\n') {
                String line = in.toString(start + PREFIX.length, end - 1 - PREFIX.length, StandardCharsets.ISO_8859_1);
                in.skipBytes(end + 1);
                return ofLine(line);
            }
        }
        if (most == LONGEST_LINE) {
            throw new Invalid("a line that is too long");
        }
        return null;
    }

    /** @param line what is behind the prefix, without CRLF */
    private static ReceivedHeader ofLine(String line) throws Invalid {
        if (line.equals(UNKNOWN) || line.startsWith(UNKNOWN + " ")) {
            return OF_NOBODY; // the rest is to be ignored, whatever it is
        }
        String[] parts = line.split(" ", -1);
        boolean inet6 = parts[0].equals("TCP6");
        if (parts.length != 5 || !inet6 && !parts[0].equals("TCP4")) {
            throw new Invalid("not the parts of a line");
        }
        return new ReceivedHeader(Endpoints.of(
                new InetSocketAddress(address(parts[1], inet6), port(parts[3])),
                new InetSocketAddress(address(parts[2], inet6), port(parts[4]))));
    }

    private static InetAddress address(String text, boolean inet6) throws Invalid {
        if (inet6 != text.indexOf(':') >= 0) {
            throw new Invalid("an address of another family");
        }
        return IpLiteral.parse(text).orElseThrow(() -> new Invalid("not an address"));
    }

    private static int port(String text) throws Invalid {
        boolean digits = !text.isEmpty() && text.length() <= 5 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        boolean leadingZero = text.length() > 1 && text.charAt(0) == '0';
        if (!digits || leadingZero || Integer.parseInt(text) > 0xffff) {
            throw new Invalid("not a port");
        }
        return Integer.parseInt(text);
    }

    // Version 2

    private static ReceivedHeader readBinary(ByteBuf in) throws Invalid {
        if (!begins(in, ProxyHeader.SIGNATURE)) {
            return null;
        }
        int start = in.readerIndex();
        if (in.readableBytes() < FIXED) {
            return null;
        }
        int command = in.getUnsignedByte(start + ProxyHeader.SIGNATURE.length);
        if (command != LOCAL && command != PROXY) {
            throw new Invalid("not a version and command");
        }
        int family = in.getUnsignedByte(start + ProxyHeader.SIGNATURE.length + 1) >> 4;
        int transport = in.getUnsignedByte(start + ProxyHeader.SIGNATURE.length + 1) & 0xf;
        if (command == PROXY && (family > UNIX || transport > DATAGRAM)) {
            throw new Invalid("not a family and transport");
        }
        int length = FIXED + in.getUnsignedShort(start + FIXED - 2);
        if (in.readableBytes() < length) {
            return null;
        }
        return ofBinary(in.readSlice(length), command == PROXY && transport != 0, family);
    }

    /**
     * @param header with the index of its beginning 0
     * @param named whether it is of a form that names somebody, given a family
     */
    private static ReceivedHeader ofBinary(ByteBuf header, boolean named, int family) throws Invalid {
        int addresses = addressBytes(family);
        List<Extension> extensions = extensions(header, FIXED + addresses, header.readableBytes());
        if (!named || family == 0) { // a block to be discarded, whatever is in it
            if (extensions != null) {
                checkSum(header, extensions);
            }
            return OF_NOBODY;
        }
        if (extensions == null) {
            throw new Invalid("addresses or extensions that do not end with the header");
        }
        checkSum(header, extensions);
        for (Extension each : extensions) {
            check(header, each);
        }
        if (family == UNIX) {
            return OF_NOBODY;
        }
        header.skipBytes(FIXED);
        InetAddress client = address(header, family);
        InetAddress destination = address(header, family);
        return new ReceivedHeader(Endpoints.of(
                new InetSocketAddress(client, header.readUnsignedShort()),
                new InetSocketAddress(destination, header.readUnsignedShort())));
    }

    private static int addressBytes(int family) {
        return switch (family) {
            case INET -> 2 * (4 + 2);
            case INET6 -> 2 * (16 + 2);
            case UNIX -> 2 * 108;
            default -> 0;
        };
    }

    private static InetAddress address(ByteBuf header, int family) {
        byte[] address = new byte[family == INET ? 4 : 16];
        header.readBytes(address);
        try {
            return InetAddress.getByAddress(address);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // it has 4 or 16 bytes
        }
    }

    /**
     * A part of the header of a type and length of its own.
     *
     * @param start of its value
     */
    private record Extension(int type, int start, int length) {

        int end() {
            return start + length;
        }
    }

    /** Those from here to there; null when they do not end there. */
    private static List<Extension> extensions(ByteBuf header, int from, int end) {
        List<Extension> extensions = new ArrayList<>();
        int at = from;
        while (at + TLV_HEAD <= end) {
            Extension next = new Extension(header.getUnsignedByte(at), at + TLV_HEAD, header.getUnsignedShort(at + 1));
            extensions.add(next);
            at = next.end();
        }
        return at == end ? extensions : null;
    }

    private static void check(ByteBuf header, Extension extension) throws Invalid {
        if (extension.type() == TLV_UNIQUE_ID && extension.length() > MAX_UNIQUE_ID) {
            throw new Invalid("a unique id that is too long");
        }
        if (extension.type() == TLV_SSL && extensions(header, extension.start() + SSL_HEAD, extension.end()) == null) {
            throw new Invalid("facts of TLS that are cut off");
        }
    }

    /** That of the whole header, with zeros where it stands itself; there need not be one. */
    private static void checkSum(ByteBuf header, List<Extension> extensions) throws Invalid {
        List<Extension> sums =
                extensions.stream().filter(each -> each.type() == TLV_CRC32C).toList();
        if (sums.isEmpty()) {
            return;
        }
        Extension given = sums.get(0);
        if (sums.size() > 1 || given.length() != CRC32C_BYTES) {
            throw new Invalid("not one checksum of four bytes");
        }
        CRC32C sum = new CRC32C();
        sum.update(header.nioBuffer(0, given.start()));
        sum.update(new byte[CRC32C_BYTES]);
        sum.update(header.nioBuffer(given.end(), header.writerIndex() - given.end()));
        if ((int) sum.getValue() != header.getInt(given.start())) {
            throw new Invalid("a wrong checksum");
        }
    }
}
