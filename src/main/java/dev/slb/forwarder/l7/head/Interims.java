package dev.slb.forwarder.l7.head;

/** The interim answers ahead of one answer: there may not be endlessly many. */
public final class Interims {

    /** Enough for one every 15 s during an hour. */
    private static final int MOST = 256;

    /** Together as long as one head may be. */
    private static final int MOST_BYTES = ResponseHead.MAX_BYTES;

    private int count;
    private int bytes;

    /** Another request: none yet. */
    public void begin() {
        count = 0;
        bytes = 0;
    }

    /** @return false when it is one too many, or too long with those before */
    public boolean add(ResponseHead head) {
        count++;
        bytes += head.length();
        return count <= MOST && bytes <= MOST_BYTES;
    }
}
