package dev.slb.testing;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A request or response of HTTP/1 as it came over a socket, read by a parser of its own that is plain and trusting.
 *
 * @param startLine request line or status line
 * @param headerLines as they came, in their order
 * @param body without chunk framing
 * @param trailerLines of a chunked body
 */
public record HttpMessage(String startLine, List<String> headerLines, byte[] body, List<String> trailerLines) {

    /** Reads one message; null when the stream ends before it begins. */
    public static HttpMessage read(InputStream in, boolean request, boolean bodiless) throws IOException {
        String startLine = line(in);
        if (startLine == null) {
            return null;
        }
        List<String> headers = lines(in);
        HttpMessage head = new HttpMessage(startLine, headers, new byte[0], List.of());
        if (bodiless || !request && (head.status() < 200 || head.status() == 204 || head.status() == 304)) {
            return head;
        }
        if ("chunked".equalsIgnoreCase(head.header("Transfer-Encoding"))) {
            return chunked(in, startLine, headers);
        }
        String length = head.header("Content-Length");
        byte[] body;
        if (length != null) {
            body = in.readNBytes(Integer.parseInt(length));
            if (body.length < Integer.parseInt(length)) {
                throw new EOFException("body of " + body.length + " instead of " + length + " bytes");
            }
        } else {
            body = request ? new byte[0] : in.readAllBytes();
        }
        return new HttpMessage(startLine, headers, body, List.of());
    }

    private static HttpMessage chunked(InputStream in, String startLine, List<String> headers) throws IOException {
        java.io.ByteArrayOutputStream body = new java.io.ByteArrayOutputStream();
        while (true) {
            String line = line(in);
            if (line == null) {
                throw new EOFException("in a chunked body");
            }
            int size = Integer.parseInt(line.split(";", 2)[0], 16);
            if (size == 0) {
                return new HttpMessage(startLine, headers, body.toByteArray(), lines(in));
            }
            byte[] data = in.readNBytes(size);
            if (data.length < size || !"".equals(line(in))) {
                throw new EOFException("in a chunk");
            }
            body.write(data);
        }
    }

    private static List<String> lines(InputStream in) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = line(in); ; line = line(in)) {
            if (line == null) {
                throw new EOFException("in a head");
            }
            if (line.isEmpty()) {
                return lines;
            }
            lines.add(line);
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); ; b = in.read()) {
            if (b < 0) {
                if (line.isEmpty()) {
                    return null;
                }
                throw new EOFException("in a line: " + line);
            }
            if (b == '\n') {
                return line.toString().replaceFirst("\r$", "");
            }
            line.append((char) b);
        }
    }

    public String method() {
        return startLine.split(" ")[0];
    }

    public String target() {
        return startLine.split(" ")[1];
    }

    public int status() {
        return Integer.parseInt(startLine.split(" ")[1]);
    }

    /** The value of the first field of this name, or null. */
    public String header(String name) {
        List<String> values = headers(name);
        return values.isEmpty() ? null : values.get(0);
    }

    public List<String> headers(String name) {
        String prefix = name.toLowerCase(Locale.ROOT) + ":";
        return headerLines.stream()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
                .map(line -> line.substring(prefix.length()).strip())
                .toList();
    }

    public String text() {
        return new String(body, StandardCharsets.ISO_8859_1);
    }
}
