package dev.slb.distribution;

/** A log or other input that can't be used; the message says why and what to do. */
public final class LogException extends Exception {

    private static final long serialVersionUID = 1L;

    public LogException(String message) {
        super(message);
    }
}
