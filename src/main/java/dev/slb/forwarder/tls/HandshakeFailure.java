package dev.slb.forwarder.tls;

import dev.slb.base.CauseChain;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;

import javax.net.ssl.SSLException;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.Locale;

/** Why there was no TLS connection: names of counters. */
public enum HandshakeFailure {
    /** The peer took too long. */
    TIMEOUT("TlsHandshakeTimeout", "no handshake in time"),
    /** What came was not TLS: clear text, as a rule. */
    NOT_TLS("NotTls", "what came is not TLS"),
    /** The peer speaks no version that is served. */
    NO_COMMON_VERSION("TlsNoCommonVersion", "no version in common"),
    /** The peer has no suite, group or signature that is served. */
    NO_COMMON_CIPHER("TlsNoCommonCipher", "no cipher suite in common"),
    /** A certificate was demanded, and the peer has shown none. */
    NO_CERTIFICATE("TlsNoCertificate", "no certificate shown"),
    /** The peer's certificate is not one that is trusted, or not for that name, or not now. */
    INVALID_CERTIFICATE("TlsInvalidCertificate", "certificate not accepted"),
    /** The peer has refused by an alert: it does not trust our certificate, as a rule. */
    ALERT("TlsAlertReceived", "refused by the other side"),
    /** The peer has gone. */
    CLOSED("TlsHandshakeAborted", "connection closed in the handshake"),
    OTHER("TlsHandshakeFailed", "handshake failed");

    private final String reason;
    private final String text;

    HandshakeFailure(String reason, String text) {
        this.reason = reason;
        this.text = text;
    }

    /** The name of its counter. */
    public String reason() {
        return reason;
    }

    /**
     * Whether the peer has refused us by an alert though its handshake seemed to be done: with TLS 1.3 a server looks at our
     * certificate, or finds none, only then.
     */
    public static boolean isLateRefusal(Throwable thrown) {
        return thrown instanceof DecoderException && thrown.getCause() instanceof SSLException && of(thrown) == ALERT;
    }

    /** For people; says what is wrong with a certificate. */
    public static String text(Throwable thrown) {
        HandshakeFailure failure = of(thrown);
        if (failure == INVALID_CERTIFICATE) {
            GeneralSecurityException cause =
                    CauseChain.first(thrown, GeneralSecurityException.class, each -> each.getMessage() != null);
            if (cause != null) {
                return failure.text + ": " + cause.getMessage();
            }
        }
        return failure.text;
    }

    /** From what a provider throws: their texts are all that there is. */
    public static HandshakeFailure of(Throwable thrown) {
        Throwable telling = CauseChain.first(
                thrown,
                Throwable.class,
                each -> each instanceof NotSslRecordException || each instanceof GeneralSecurityException);
        if (telling != null) {
            return telling instanceof NotSslRecordException ? NOT_TLS : INVALID_CERTIFICATE;
        }
        Throwable cause = thrown instanceof DecoderException && thrown.getCause() != null ? thrown.getCause() : thrown;
        String text =
                String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT).replace('_', ' ');
        if (text.contains("peer did not return a certificate") || text.contains("empty client certificate chain")) {
            return NO_CERTIFICATE;
        }
        if (text.contains("fatal alert") || text.contains("alert ")) {
            return ALERT;
        }
        if (text.contains("unsupported protocol")
                || text.contains("protocol version")
                || text.contains("wrong version")
                || text.contains("client requested protocol")
                || text.contains("supported versions")) {
            return NO_COMMON_VERSION;
        }
        if (text.contains("no shared cipher")
                || text.contains("no cipher suites in common")
                || text.contains("no shared group")
                || text.contains("no common signature")) {
            return NO_COMMON_CIPHER;
        }
        if (text.contains("certificate verify failed")) {
            return INVALID_CERTIFICATE;
        }
        return cause instanceof IOException && !(cause instanceof SSLException) ? CLOSED : OTHER;
    }
}
