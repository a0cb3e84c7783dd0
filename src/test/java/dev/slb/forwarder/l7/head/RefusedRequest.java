package dev.slb.forwarder.l7.head;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Pattern;

/** A request of the file {@code refused-requests.txt}, and how it is to be refused. */
record RefusedRequest(int status, String reason, String description, byte[] request) {

    private static final Pattern MANY = Pattern.compile("\\{(.)\\*(\\d+)}");

    static List<RefusedRequest> all() throws IOException {
        List<RefusedRequest> all = new ArrayList<>();
        try (InputStream in = RefusedRequest.class.getResourceAsStream("refused-requests.txt")) {
            Iterator<String> lines = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .iterator();
            while (lines.hasNext()) {
                String[] expected = lines.next().split(" ", 3);
                all.add(new RefusedRequest(
                        Integer.parseInt(expected[0]), expected[1], expected[2], bytes(lines.next())));
            }
        }
        return all;
    }

    private static byte[] bytes(String escaped) {
        String text = MANY.matcher(escaped).replaceAll(many -> many.group(1).repeat(Integer.parseInt(many.group(2))));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                bytes.write(c);
                continue;
            }
            switch (text.charAt(++i)) {
                case 'r' -> bytes.write('\r');
                case 'n' -> bytes.write('\n');
                case 't' -> bytes.write('\t');
                case '0' -> bytes.write(0);
                case 'x' -> {
                    bytes.write(Integer.parseInt(text.substring(i + 1, i + 3), 16));
                    i += 2;
                }
                default -> throw new IllegalArgumentException(escaped);
            }
        }
        return bytes.toByteArray();
    }

    @Override
    public String toString() {
        return status + " " + reason + ": " + description;
    }
}
