package dev.slb.forwarder.tls;

import io.netty.buffer.ByteBuf;

/** The first message of a client, from its version on (RFC 8446, section 4.1.2). */
final class ClientHello {

    private static final int TLS_1_2 = 0x0303;
    private static final int TLS_1_3 = 0x0304;
    private static final int RANDOM_BYTES = 32;
    private static final int SUPPORTED_VERSIONS = 43;

    private ClientHello() {}

    /**
     * Whether it offers TLS 1.2 or 1.3: by the list of versions where there is one, else by the highest. One that can't be read
     * offers none; its handshake will fail.
     */
    static boolean offersTls12(ByteBuf hello) {
        ByteBuf in = hello.duplicate();
        try {
            int highest = in.readUnsignedShort();
            in.skipBytes(RANDOM_BYTES);
            in.skipBytes(in.readUnsignedByte()); // session
            in.skipBytes(in.readUnsignedShort()); // suites
            in.skipBytes(in.readUnsignedByte()); // compression
            ByteBuf extensions = in.isReadable() ? in.readSlice(in.readUnsignedShort()) : in;
            while (extensions.isReadable()) {
                int type = extensions.readUnsignedShort();
                ByteBuf extension = extensions.readSlice(extensions.readUnsignedShort());
                if (type == SUPPORTED_VERSIONS) {
                    return listsTls12(extension.readSlice(extension.readUnsignedByte()));
                }
            }
            return highest >= TLS_1_2;
        } catch (IndexOutOfBoundsException e) {
            return false;
        }
    }

    private static boolean listsTls12(ByteBuf versions) {
        while (versions.isReadable()) {
            int version = versions.readUnsignedShort();
            if (version == TLS_1_2 || version == TLS_1_3) {
                return true;
            }
        }
        return false;
    }
}
