package dev.slb.forwarder.l7.rewrite;

import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.forwarder.l7.head.HeadWriter;

import java.util.Arrays;

/**
 * A list of entity tags, such as {@code W/"a", "b"} (RFC 9110, section 8.8.3), as ranges of bytes. Between quotation marks
 * a comma is one like any other character, and a backslash, too. What is no such list has no tags.
 */
final class EntityTags {

    private static final byte[] SEPARATOR = {',', ' '};

    private EntityTags() {}

    /** Whether a tag begins here that promises the same bytes, rather than the same meaning. */
    static boolean isStrong(byte[] bytes, int start, int end) {
        return start < end && bytes[start] == '"' && end(bytes, start, end) == end;
    }

    /** The same for one that promises the same meaning only. */
    static boolean isWeak(byte[] bytes, int start, int end) {
        return start + 2 < end && bytes[start] == 'W' && bytes[start + 1] == '/' && isStrong(bytes, start + 2, end);
    }

    /** Where the tag that begins here ends, exclusive; -1 when there is none. */
    private static int end(byte[] bytes, int start, int end) {
        int at = start < end && bytes[start] == 'W' ? start + 1 : start;
        if (at > start && (at == end || bytes[at++] != '/') || at >= end || bytes[at] != '"') {
            return -1;
        }
        for (at++; at < end; at++) {
            if (bytes[at] == '"') {
                return at + 1;
            }
            if (Ascii.isBlank(bytes[at])) {
                return -1;
            }
        }
        return -1;
    }

    /** Where the next tag begins, from the start of the list or the end of a tag; {@code end} when none does. */
    private static int next(byte[] bytes, int from, int end) {
        int at = from;
        while (at < end && (bytes[at] == ',' || Ascii.isBlank(bytes[at]))) {
            at++;
        }
        return at;
    }

    private static boolean isList(byte[] bytes, int start, int end) {
        int at = next(bytes, start, end);
        while (at < end) {
            int tagEnd = end(bytes, at, end);
            if (tagEnd < 0) {
                return false;
            }
            at = next(bytes, tagEnd, end);
            if (at < end && Ascii.indexOf(bytes, tagEnd, at, ',') < 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether the list has the tag that stands in {@code tag}, byte by byte. */
    static boolean has(byte[] bytes, int start, int end, byte[] tag, int tagFrom, int tagTo) {
        if (!isList(bytes, start, end)) {
            return false;
        }
        for (int at = next(bytes, start, end); at < end; ) {
            int tagEnd = end(bytes, at, end);
            if (Arrays.equals(bytes, at, tagEnd, tag, tagFrom, tagTo)) {
                return true;
            }
            at = next(bytes, tagEnd, end);
        }
        return false;
    }

    /** Writes, behind a list, the strong form of each of its weak tags that it has not. */
    static void writeStrongForms(byte[] bytes, int start, int end, HeadWriter out) {
        if (!isList(bytes, start, end)) {
            return;
        }
        for (int at = next(bytes, start, end); at < end; ) {
            int tagEnd = end(bytes, at, end);
            if (bytes[at] == 'W' && !has(bytes, start, end, bytes, at + 2, tagEnd)) {
                out.write(SEPARATOR);
                out.write(bytes, at + 2, tagEnd - at - 2);
            }
            at = next(bytes, tagEnd, end);
        }
    }
}
