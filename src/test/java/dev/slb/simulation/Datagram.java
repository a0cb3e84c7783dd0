package dev.slb.simulation;

import java.util.Arrays;

/**
 * What datagrams of a simulation say: whose they are, which, and whether they are whole. Those of less than four bytes say only whose
 * they are, empty ones nothing. With QUIC a header comes first, by which they have four bytes more than that.
 *
 * @param client the client's number, from 1
 * @param which of the client's
 * @param answer which answer to it; -1: it is the client's own
 * @param length of all bytes
 */
record Datagram(int client, int which, int answer, int length) {

    /** An id of a QUIC connection. */
    static final int ID = 8;

    private static final int NAMED = 4;
    private static final int OWN = 255;

    boolean isNamed() {
        return length >= NAMED;
    }

    /** @param header goes ahead of what it says */
    byte[] bytes(byte[] header) {
        byte[] bytes = Arrays.copyOf(header, Math.max(length, header.length > 0 ? header.length + NAMED : 0));
        int start = header.length;
        for (int i = start; i < bytes.length; i++) {
            bytes[i] = (byte) (bytes.length - start < NAMED ? client : client * 7 + which * 13 + answer * 17 + i);
        }
        if (bytes.length - start >= NAMED) {
            bytes[start] = (byte) client;
            bytes[start + 1] = (byte) which;
            bytes[start + 2] = (byte) (answer < 0 ? OWN : answer);
            bytes[start + 3] = (byte) (which >> 8);
        }
        return bytes;
    }

    /** Null: it does not say, being too short. */
    static Datagram read(byte[] bytes, int headerLength) {
        if (bytes.length - headerLength < NAMED) {
            return null;
        }
        int answer = bytes[headerLength + 2] & 0xff;
        return new Datagram(
                bytes[headerLength],
                (bytes[headerLength + 1] & 0xff) + (bytes[headerLength + 3] << 8),
                answer == OWN ? -1 : answer,
                bytes.length);
    }

    /** Of a handshake: it tells both ids. */
    static byte[] longHeader(byte[] destination, byte[] source) {
        byte[] header = new byte[7 + 2 * ID];
        header[0] = (byte) 0xC0;
        header[4] = 1;
        header[5] = ID;
        System.arraycopy(destination, 0, header, 6, ID);
        header[6 + ID] = ID;
        System.arraycopy(source, 0, header, 7 + ID, ID);
        return header;
    }

    /** Of what follows. */
    static byte[] shortHeader(byte[] destination) {
        byte[] header = new byte[1 + ID];
        header[0] = 0x40;
        System.arraycopy(destination, 0, header, 1, ID);
        return header;
    }

    static boolean hasLongHeader(byte[] bytes) {
        return bytes[0] < 0;
    }

    static int headerLength(byte[] bytes) {
        return bytes.length == 0 ? 0 : hasLongHeader(bytes) ? 7 + 2 * ID : 1 + ID;
    }

    static byte[] destination(byte[] bytes) {
        int start = hasLongHeader(bytes) ? 6 : 1;
        return Arrays.copyOfRange(bytes, start, start + ID);
    }

    static byte[] source(byte[] bytes) {
        return Arrays.copyOfRange(bytes, 7 + ID, 7 + 2 * ID);
    }

    /** One that nobody else has. */
    static byte[] id(int kind, int number, int of) {
        return new byte[] {(byte) kind, (byte) number, (byte) of, 1, 2, 3, 4, 5};
    }
}
