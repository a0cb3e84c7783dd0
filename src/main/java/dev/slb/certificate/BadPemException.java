package dev.slb.certificate;

/** A text that is not what it should be; the message says why, and repeats nothing of it. */
final class BadPemException extends Exception {
    private static final long serialVersionUID = 1L;

    BadPemException(String message) {
        super(message);
    }
}
