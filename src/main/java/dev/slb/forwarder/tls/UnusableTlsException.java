package dev.slb.forwarder.tls;

/** What a plan says of TLS can't be served. The message names the field and why, and nothing of a key. */
public final class UnusableTlsException extends Exception {
    private static final long serialVersionUID = 1L;

    UnusableTlsException(String message) {
        super(message);
    }
}
