package dev.slb.forwarder.l7.head;

/** Request methods as far as they differ for a forwarder. */
public enum Method {
    GET(true),
    HEAD(true),
    POST(false),
    PUT(true),
    DELETE(true),
    OPTIONS(true),
    TRACE(true),
    CONNECT(false),
    OTHER(false);

    private final boolean idempotent;
    private final byte[] bytes = Ascii.bytes(name());

    Method(boolean idempotent) {
        this.idempotent = idempotent;
    }

    /** Whether sending it twice does what sending it once does (RFC 9110, section 9.2.2). */
    public boolean isIdempotent() {
        return idempotent;
    }

    /** Whether a client may say after how many forwards it ends (RFC 9110, section 7.6.2). */
    boolean isLimited() {
        return this == TRACE || this == OPTIONS;
    }

    static Method of(byte[] bytes, int start, int end) {
        return switch (bytes[start]) {
            case 'G' -> GET.orOther(bytes, start, end);
            case 'H' -> HEAD.orOther(bytes, start, end);
            case 'P' -> end - start == 3 ? PUT.orOther(bytes, start, end) : POST.orOther(bytes, start, end);
            case 'D' -> DELETE.orOther(bytes, start, end);
            case 'O' -> OPTIONS.orOther(bytes, start, end);
            case 'T' -> TRACE.orOther(bytes, start, end);
            case 'C' -> CONNECT.orOther(bytes, start, end);
            default -> OTHER;
        };
    }

    private Method orOther(byte[] name, int start, int end) {
        return java.util.Arrays.equals(name, start, end, bytes, 0, bytes.length) && this != OTHER ? this : OTHER;
    }
}
