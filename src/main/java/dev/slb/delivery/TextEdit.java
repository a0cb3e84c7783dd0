package dev.slb.delivery;

/**
 * How one text follows from another: it begins and ends as that does, with something else in between. Of documents that is where
 * somebody has edited them; edits in two places are one that spans both.
 *
 * @param head how many characters of the beginning stay
 * @param tail how many of the end stay
 * @param text what stands in between
 */
record TextEdit(int head, int tail, String text) {

    static TextEdit between(String before, String after) {
        int most = Math.min(before.length(), after.length());
        int head = 0;
        while (head < most && before.charAt(head) == after.charAt(head)) {
            head++;
        }
        if (head > 0 && Character.isHighSurrogate(after.charAt(head - 1))) {
            head--; // half a character can't travel
        }
        int tail = 0;
        while (tail < most - head
                && before.charAt(before.length() - 1 - tail) == after.charAt(after.length() - 1 - tail)) {
            tail++;
        }
        if (tail > 0 && Character.isLowSurrogate(after.charAt(after.length() - tail))) {
            tail--;
        }
        return new TextEdit(head, tail, after.substring(head, after.length() - tail));
    }

    /** @throws IllegalArgumentException when the text is too short to be the one that this is an edit of */
    String applyTo(String before) {
        if (head < 0 || tail < 0 || head + (long) tail > before.length()) {
            throw new IllegalArgumentException("an edit of another text");
        }
        return before.substring(0, head) + text + before.substring(before.length() - tail);
    }
}
