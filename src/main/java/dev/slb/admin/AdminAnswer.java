package dev.slb.admin;

import java.nio.charset.StandardCharsets;

/** An answer as it is sent. It may be sent to many: nobody changes it. */
public final class AdminAnswer {

    private static final String TEXT = "text/plain; charset=utf-8";

    private final int status;
    private final String contentType;
    private final byte[] body;

    private AdminAnswer(int status, String contentType, byte[] body) {
        this.status = status;
        this.contentType = contentType;
        this.body = body;
    }

    /** A document, with status 200. */
    public static AdminAnswer document(String contentType, String text) {
        return new AdminAnswer(200, contentType, text.getBytes(StandardCharsets.UTF_8));
    }

    /** One line of text, given without its end. */
    public static AdminAnswer line(int status, String line) {
        return new AdminAnswer(status, TEXT, (line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    byte[] body() {
        return body;
    }

    byte[] head(boolean keepAlive) {
        return ("HTTP/1.1 " + status + " " + phrase(status)
                        + "\r\ncontent-type: " + contentType
                        + "\r\ncontent-length: " + body.length
                        + (status == 405 ? "\r\nallow: GET" : "")
                        + "\r\nconnection: " + (keepAlive ? "keep-alive" : "close")
                        + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static String phrase(int status) {
        return switch (status) {
            case 200 -> "OK";
            case 400 -> "Bad Request";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 431 -> "Request Header Fields Too Large";
            case 500 -> "Internal Server Error";
            case 503 -> "Service Unavailable";
            default -> "Status";
        };
    }
}
