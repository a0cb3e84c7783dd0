package dev.slb.admin;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/** The head of a request. */
public final class AdminRequest {

    private final String method;
    private final String path;
    private final Map<String, String> parameters;
    private final boolean keepAlive;

    private AdminRequest(String method, String path, Map<String, String> parameters, boolean keepAlive) {
        this.method = method;
        this.path = path;
        this.parameters = parameters;
        this.keepAlive = keepAlive;
    }

    /**
     * @param head without the empty line at its end
     * @throws IllegalArgumentException when it is not one of HTTP/1
     */
    static AdminRequest parse(String head) {
        String[] lines = head.split("\r?\n", -1);
        String[] start = lines[0].split(" ", -1);
        if (start.length != 3 || start[0].isEmpty() || !start[2].matches("HTTP/1\\.[01]")) {
            throw new IllegalArgumentException("not an HTTP request");
        }
        boolean keepAlive = start[2].endsWith("1");
        boolean body = false;
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon <= 0) {
                throw new IllegalArgumentException("not an HTTP request");
            }
            String value = lines[i].substring(colon + 1).trim().toLowerCase(Locale.ROOT);
            switch (lines[i].substring(0, colon).toLowerCase(Locale.ROOT)) {
                case "connection" -> keepAlive = keepAlive ? !value.contains("close") : value.contains("keep-alive");
                case "content-length" -> body |= !value.equals("0");
                case "transfer-encoding" -> body = true;
                default -> {}
            }
        }
        // A body is not read, so what comes behind it can't be found.
        return target(start[0], start[1], keepAlive && !body);
    }

    private static AdminRequest target(String method, String target, boolean keepAlive) {
        int question = target.indexOf('?');
        Map<String, String> parameters = new HashMap<>();
        if (question >= 0) {
            for (String each : target.substring(question + 1).split("&")) {
                int equals = each.indexOf('=');
                parameters.putIfAbsent(
                        decoded(equals < 0 ? each : each.substring(0, equals)),
                        decoded(equals < 0 ? "" : each.substring(equals + 1)));
            }
        }
        return new AdminRequest(
                method, decoded(question < 0 ? target : target.substring(0, question)), parameters, keepAlive);
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    boolean isGet() {
        return method.equals("GET");
    }

    boolean keepAlive() {
        return keepAlive;
    }

    String path() {
        return path;
    }

    /** Whether a parameter is {@code true}. */
    public boolean isTrue(String name) {
        return "true".equals(parameters.get(name));
    }

    /** @throws NumberFormatException when it is not a whole number */
    public OptionalLong number(String name) {
        String value = parameters.get(name);
        return value == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(value));
    }
}
