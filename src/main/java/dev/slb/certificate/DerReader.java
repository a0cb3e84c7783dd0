package dev.slb.certificate;

import java.util.Arrays;

/** Reads DER (X.690) element by element, strictly: every length is the shortest form, and within what is around it. */
final class DerReader {

    static final int INTEGER = 0x02;
    static final int BIT_STRING = 0x03;
    static final int OCTET_STRING = 0x04;
    static final int OBJECT_IDENTIFIER = 0x06;
    static final int ENUMERATED = 0x0a;
    static final int GENERALIZED_TIME = 0x18;
    static final int SEQUENCE = 0x30;

    private static final int MAX_LENGTH_BYTES = 3;
    private static final int LONG_TAG = 0x1f;

    private final byte[] der;
    private final int end;
    private int at;

    DerReader(byte[] der) {
        this(der, 0, der.length);
    }

    private DerReader(byte[] der, int from, int end) {
        this.der = der;
        this.at = from;
        this.end = end;
    }

    /** The tag of an element that has others in it: {@code [number]}, explicit or of a constructed type. */
    static int context(int number) {
        return 0xa0 | number;
    }

    boolean hasMore() {
        return at < end;
    }

    /** Whether the next element has this tag. */
    boolean has(int tag) {
        return hasMore() && (der[at] & 0xff) == tag;
    }

    /** What is in the next element, which must have this tag. */
    DerReader enter(int tag) throws BadDerException {
        if (!has(tag)) {
            throw new BadDerException("no element of tag " + tag + " at byte " + at);
        }
        return next();
    }

    /** What is in the next element, whatever its tag. */
    DerReader next() throws BadDerException {
        int tag = octet();
        if ((tag & LONG_TAG) == LONG_TAG) {
            throw new BadDerException("a tag of several bytes before byte " + at);
        }
        int length = length();
        if (length > end - at) {
            throw new BadDerException("an element that ends after what is around it, at byte " + at);
        }
        int from = at;
        at += length;
        return new DerReader(der, from, at);
    }

    /** Passes over the next element if it has this tag. */
    void skip(int tag) throws BadDerException {
        if (has(tag)) {
            next();
        }
    }

    /** All that was not read yet. */
    byte[] rest() {
        byte[] rest = Arrays.copyOfRange(der, at, end);
        at = end;
        return rest;
    }

    /** That everything was read. */
    void done() throws BadDerException {
        if (hasMore()) {
            throw new BadDerException("more than expected, from byte " + at);
        }
    }

    private int length() throws BadDerException {
        int first = octet();
        if (first < 0x80) {
            return first;
        }
        int bytes = first & 0x7f;
        if (bytes == 0 || bytes > MAX_LENGTH_BYTES) {
            throw new BadDerException("a length without bounds before byte " + at);
        }
        int length = 0;
        for (int i = 0; i < bytes; i++) {
            length = length << Byte.SIZE | octet();
        }
        boolean shortest = length >= 0x80 && length >>> (bytes - 1) * Byte.SIZE != 0;
        if (!shortest) {
            throw new BadDerException("a length that is not in its shortest form before byte " + at);
        }
        return length;
    }

    private int octet() throws BadDerException {
        if (!hasMore()) {
            throw new BadDerException("nothing at byte " + at);
        }
        return der[at++] & 0xff;
    }
}
