package dev.slb.fuzz;

import dev.slb.forwarder.l7.head.HeadWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * What the targets of the fuzzer share: an input, of which the first two bytes say how the rest is cut, and what holds of all that
 * goes out. A target is a class with {@code fuzzerTestOneInput(byte[])}, which throws when something does not hold.
 */
public final class Wire {

    private static final int CUT_BYTES = 2;
    private static final int MOST_PIECES = 12;

    private Wire() {}

    /** Whether there is anything in it. */
    public static boolean isEmpty(byte[] input) {
        return input.length <= CUT_BYTES;
    }

    /** What came over the wire. */
    public static byte[] bytes(byte[] input) {
        return Arrays.copyOfRange(input, CUT_BYTES, input.length);
    }

    /** Where it is cut, ascending, the last being its end: most of the cuts near each other, as line ends are. */
    public static int[] cuts(byte[] input) {
        int length = input.length - CUT_BYTES;
        SplittableRandom random = new SplittableRandom((input[0] & 0xFF) << 8 | input[1] & 0xFF);
        int[] cuts = new int[random.nextInt(1, MOST_PIECES)];
        int at = random.nextInt(length);
        for (int i = 0; i < cuts.length; i++) {
            cuts[i] = at;
            at = random.nextInt(3) == 0 ? random.nextInt(length + 1) : Math.min(length, at + random.nextInt(4));
        }
        cuts[cuts.length - 1] = length;
        Arrays.sort(cuts);
        return cuts;
    }

    /** The whole in one piece. */
    public static int[] uncut(byte[] bytes) {
        return new int[] {bytes.length};
    }

    public static void check(boolean holds, String what, Object... values) {
        if (!holds) {
            throw new AssertionError(String.format(what, values));
        }
    }

    public static void checkEqual(Object actual, Object expected, String what) {
        if (!actual.equals(expected)) {
            throw new AssertionError(what + ": " + actual + " instead of " + expected);
        }
    }

    /** That a head of HTTP/1 has an empty line at its end and nowhere else, and that nothing in it ends a line but CRLF. */
    public static void checkHead(String head) {
        check(head.endsWith("\r\n\r\n") && head.indexOf("\r\n\r\n") == head.length() - 4, "not one head: %s", head);
        for (int i = 0; i < head.length(); i++) {
            char c = head.charAt(i);
            boolean lineEnd = c == '\r' && head.charAt(i + 1) == '\n' || c == '\n' && head.charAt(i - 1) == '\r';
            check(lineEnd || c >= ' ' && c != 0x7F || c == '\t', "character %d in %s", (int) c, head);
        }
    }

    public static String text(ByteBuf bytes) {
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    public static String text(HeadWriter written) {
        ByteBuf out = written.copy(UnpooledByteBufAllocator.DEFAULT, 0);
        try {
            return text(out);
        } finally {
            out.release();
        }
    }

    public static ByteBuf buffer(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }
}
