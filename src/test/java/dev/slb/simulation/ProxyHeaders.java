package dev.slb.simulation;

import dev.slb.plan.ProxyProtocolPlan.Version;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The headers of the PROXY protocol, good and bad, as clients write and servers read them. */
final class ProxyHeaders {

    /** What a connection may begin with where there must be a header. */
    enum Kind {
        NONE,
        V1,
        V2,
        /** Names nobody. */
        UNKNOWN,
        /** The proxy speaks for itself. */
        LOCAL,
        /** Good, but from somebody who is not trusted. */
        UNTRUSTED,
        BAD_SIGNATURE,
        BAD_VERSION,
        BAD_EXTENSION,
        BAD_LINE,
        LONG_LINE,
        /** Ends in its midst. */
        CUT,
        /** Stops in its midst. */
        SLOW;

        boolean isGood() {
            return this == V1 || this == V2 || this == UNKNOWN || this == LOCAL;
        }

        /** Whether a client is named that is not the connection's own. */
        boolean isNaming() {
            return this == V1 || this == V2;
        }
    }

    /** Whose connection it is; both null: nobody's. */
    record Named(InetSocketAddress client, InetSocketAddress destination) {}

    private static final byte[] SIGNATURE = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
    private static final int FIXED = 16;
    private static final int STREAM = 1;
    static final int DATAGRAM = 2;
    /** Of version 2, with addresses of IPv4. */
    static final int LENGTH = FIXED + 12;

    private static final int MOST_LINE = 107;

    private ProxyHeaders() {}

    /** @param extensions bytes of them, in version 2 */
    static byte[] write(Kind kind, Named named, int extensions) {
        return switch (kind) {
            case NONE -> new byte[0];
            case V1 ->
                line("PROXY TCP4 " + text(named.client) + " " + text(named.destination) + " " + named.client.getPort()
                        + " " + named.destination.getPort() + "\r\n");
            case UNKNOWN -> line("PROXY UNKNOWN whatever it is\r\n");
            case BAD_LINE -> line("PROXY TCP4 " + text(named.client) + " 1.2.3.256 1 2\r\n");
            case LONG_LINE -> line("PROXY UNKNOWN " + "x".repeat(200));
            case V2, UNTRUSTED -> binary(0x21, named, extensions);
            case LOCAL -> binary(0x20, named, extensions);
            case BAD_VERSION -> binary(0x31, named, extensions);
            case BAD_SIGNATURE -> changed(binary(0x21, named, extensions), 7);
            case BAD_EXTENSION -> changed(binary(0x21, named, Math.max(extensions, 10)), FIXED + 12 + 1);
            case CUT, SLOW -> Arrays.copyOf(binary(0x21, named, extensions), 10 + extensions / 3);
        };
    }

    private static byte[] line(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String text(InetSocketAddress address) {
        return address.getAddress().getHostAddress();
    }

    private static byte[] changed(byte[] header, int at) {
        header[at] ^= 0x40;
        return header;
    }

    private static byte[] binary(int command, Named named, int extensions) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int length = 12 + (extensions < 3 ? 0 : extensions);
        out.writeBytes(SIGNATURE);
        out.write(command);
        out.write(0x11);
        out.write(length >> 8);
        out.write(length);
        out.writeBytes(named.client.getAddress().getAddress());
        out.writeBytes(named.destination.getAddress().getAddress());
        out.write(named.client.getPort() >> 8);
        out.write(named.client.getPort());
        out.write(named.destination.getPort() >> 8);
        out.write(named.destination.getPort());
        if (extensions >= 3) {
            out.write(0xE0); // of one's own
            out.write(extensions - 3 >> 8);
            out.write(extensions - 3);
            out.writeBytes(new byte[extensions - 3]);
        }
        return out.toByteArray();
    }

    /** Has a connection whose header was read. */
    interface Next {

        /** @param named null: no header is to come */
        void accept(SimulatedSocket socket, Named named);
    }

    /** Reads the header off that each connection must begin with. Whoever ends before one byte has come is a check. */
    static Network.Acceptor reading(Version version, Ledger ledger, String server, Next next) {
        if (version == Version.NONE) {
            return socket -> next.accept(socket, null);
        }
        return socket -> socket.owner(new SimulatedSocket.Owner() {

            private byte[] header = new byte[version == Version.V1 ? 1 : FIXED];
            private int read;

            @Override
            public void readable() {
                try {
                    while (true) {
                        int more = socket.read(header, read, header.length - read);
                        if (more == 0) {
                            return;
                        }
                        if (more < 0) {
                            socket.close();
                            return;
                        }
                        read += more;
                        if (read == header.length && !grow()) {
                            Named named = version == Version.V1 ? ofLine(header) : ofBinary(header, STREAM);
                            if (named == null) {
                                ledger.violated(server + " gets no header of the PROXY protocol, as it must");
                                socket.close();
                            } else {
                                next.accept(socket, named);
                            }
                            return;
                        }
                    }
                } catch (IOException e) {
                    socket.close();
                }
            }

            /** Whether more belongs to it. */
            private boolean grow() {
                int length = version == Version.V1
                        ? header[read - 1] == '\n' || read == MOST_LINE ? read : read + 1
                        : FIXED + ((header[14] & 0xff) << 8 | header[15] & 0xff);
                header = Arrays.copyOf(header, length);
                return length > read;
            }

            @Override
            public void writable() {
                // Nothing was written yet.
            }
        });
    }

    private static Named ofLine(byte[] header) {
        String line = new String(header, StandardCharsets.US_ASCII);
        if (line.equals("PROXY UNKNOWN\r\n")) {
            return new Named(null, null);
        }
        String[] parts = line.split(" ");
        if (parts.length != 6 || !line.startsWith("PROXY TCP4 ") || !line.endsWith("\r\n")) {
            return null;
        }
        return new Named(endpoint(parts[2], parts[4]), endpoint(parts[3], parts[5].trim()));
    }

    private static InetSocketAddress endpoint(String address, String port) {
        try {
            return new InetSocketAddress(InetAddress.getByName(address), Integer.parseInt(port));
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Null: it is none, or not one without extensions over this transport. */
    static Named ofBinary(byte[] header, int transport) {
        if (!Arrays.equals(SIGNATURE, Arrays.copyOf(header, SIGNATURE.length))) {
            return null;
        }
        if (header[12] == 0x20) {
            return new Named(null, null);
        }
        if (header[12] != 0x21 || header[13] != (0x10 | transport) || header.length != LENGTH) {
            return null;
        }
        return new Named(endpoint(header, FIXED, FIXED + 8), endpoint(header, FIXED + 4, FIXED + 10));
    }

    private static InetSocketAddress endpoint(byte[] bytes, int address, int port) {
        try {
            return new InetSocketAddress(
                    InetAddress.getByAddress(Arrays.copyOfRange(bytes, address, address + 4)),
                    (bytes[port] & 0xff) << 8 | bytes[port + 1] & 0xff);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }
}
