package dev.slb.certificate;

/** Bytes that are not the DER that was expected there. */
final class BadDerException extends Exception {
    private static final long serialVersionUID = 1L;

    BadDerException(String message) {
        super(message);
    }
}
