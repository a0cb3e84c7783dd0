package dev.slb.forwarder.health;

import dev.slb.forwarder.tls.HandshakeFailure;

import java.util.Locale;

/** What went wrong on a connection, for people: short, and the same on every transport. */
final class FailureTexts {

    private FailureTexts() {}

    static String text(Throwable cause) {
        String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        if (message.contains("connection refused")) {
            return "connection refused";
        }
        if (message.contains("connection reset")) {
            return "connection reset";
        }
        if (message.contains("no route to host")) {
            return "no route to host";
        }
        if (message.contains("network is unreachable") || message.contains("network unreachable")) {
            return "network is unreachable";
        }
        if (message.contains("timed out")) {
            return "connection timed out";
        }
        if (message.contains("first received frame was not settings")) {
            return "the server does not speak HTTP/2";
        }
        if (HandshakeFailure.isLateRefusal(cause)) {
            return "TLS: " + HandshakeFailure.text(cause);
        }
        return cause.getClass().getSimpleName() + ": " + cause.getMessage();
    }
}
