package dev.slb.forwarder.accesslog;

import java.util.Arrays;

/** Bytes that grow at the end and are used again. */
final class Line {

    private byte[] bytes;
    private int length;

    Line(int capacity) {
        bytes = new byte[capacity];
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    void clear() {
        length = 0;
    }

    Line add(int b) {
        room(1);
        bytes[length++] = (byte) b;
        return this;
    }

    Line add(byte[] source) {
        return add(source, 0, source.length);
    }

    Line add(byte[] source, int start, int end) {
        int count = end - start;
        room(count);
        System.arraycopy(source, start, bytes, length, count);
        length += count;
        return this;
    }

    /** Latin-1; other characters become a question mark. */
    Line add(String text) {
        room(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            bytes[length++] = (byte) (c < 0x100 ? c : '?');
        }
        return this;
    }

    /** @param value not negative */
    Line decimal(long value) {
        int digits = 1;
        for (long rest = value / 10; rest > 0; rest /= 10) {
            digits++;
        }
        return padded(value, digits);
    }

    /** Seconds with three decimals, cut off, as NGINX has them. */
    Line seconds(long nanos) {
        long millis = nanos / 1_000_000;
        return decimal(millis / 1000).add('.').padded(millis % 1000, 3);
    }

    /** The last digits of a number, with zeros in front. */
    Line padded(long value, int digits) {
        room(digits);
        long rest = value;
        for (int i = length + digits - 1; i >= length; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += digits;
        return this;
    }

    private void room(int count) {
        if (bytes.length - length < count) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + count));
        }
    }
}
